import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';

/** One file's import of another file (with its path) or of a library (with its name). */
export interface Import {
  from: string;
  to: string;
  /** As it is written. */
  module: string;
  library: boolean;
  typesOnly: boolean;
}

interface Cruised {
  modules: { source: string; dependencies: { module: string; resolved: string }[] }[];
}

const program = path.join(__dirname, '../../../node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
// With TypeScript 7 beside it, dependency-cruiser reads TypeScript with swc's parser or not reliably at all.
const config = path.join(__dirname, 'depcruise.json');
const builtins = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
const generated = 'src/infra/generated';

/** Reads src and jobs below `root` with dependency-cruiser: the files that it read, and their imports. Node's own modules are left out. */
export function cruise(root: string): { files: string[]; imports: Import[] } {
  const out = execFileSync(process.execPath, [program, '--config', config, '--output-type', 'json', 'src', 'jobs'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const own = (JSON.parse(out) as Cruised).modules.filter((m) => /^(?:src|jobs)\//.test(m.source) && !m.source.startsWith(generated));
  const imports = own.flatMap(({ source, dependencies }) => {
    const text = readFileSync(path.join(root, source), 'utf8');
    return dependencies
      .filter((d) => !builtins.has(d.module))
      .map((d): Import => ({ from: source, module: d.module, ...target(source, d), typesOnly: onlyTypes(text, d.module) }));
  });
  return { files: own.map((m) => m.source), imports };
}

function target(from: string, { module, resolved }: { module: string; resolved: string }): { to: string; library: boolean } {
  if (module.startsWith('.')) {
    // What cannot be resolved is still an import of that path.
    const to = resolved.startsWith('.') || resolved === module ? path.posix.join(path.posix.dirname(from), module) : resolved;
    return to.startsWith(generated) ? { to: 'generated', library: true } : { to, library: false };
  }
  const [scope, name] = module.split('/') as [string, string | undefined];
  return { to: scope.startsWith('@') ? `${scope}/${name}` : scope, library: true };
}

/** Whether a module stands in a file's text after `import type … from` or `export type … from` alone. */
function onlyTypes(text: string, module: string): boolean {
  const quoted = `['"\`]${module.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}['"\`]`;
  const asType = new RegExp(`^\\s*(?:import|export) type [^;'"\`]*? from ${quoted}`, 'gm');
  return asType.test(text) && !new RegExp(quoted).test(text.replace(asType, ''));
}

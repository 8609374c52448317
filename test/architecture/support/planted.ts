import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { projectRoot } from './walk';

/** A copy of src and jobs (or nothing, if `bare`) with further files planted in it, for as long as `use` looks at it. */
export function withPlanted<T>(files: Readonly<Record<string, string>>, use: (root: string) => T, bare = false): T {
  const root = mkdtempSync(path.join(os.tmpdir(), 'kopru-law-'));
  try {
    if (!bare) {
      for (const top of ['src', 'jobs'])
        cpSync(path.join(projectRoot, top), path.join(root, top), { recursive: true, filter: (file) => !file.endsWith('generated') });
    }
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), text);
    }
    return use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

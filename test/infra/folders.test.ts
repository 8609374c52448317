import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDataFolder, projectRoot, readIfThere, writeFileAtomic } from '../../src/infra/folders';
import { claimInstance, instanceRuns, oneAtATime } from '../../src/infra/folders/claim';
import { describeProcess, isAlive, isDescribedProcessAlive } from '../../src/infra/folders/process';
import { scratch } from './support/server';

const { folder, tidy } = scratch();
afterEach(tidy);

const modeOf = (path: string) => statSync(path).mode & 0o777;

test('a data folder is made with its secrets closed and the way to the database passable', async () => {
  const path = join(folder(), 'deep/data');
  const data = await openDataFolder(path);
  expect([data.root, data.secrets, data.logs].map(modeOf)).toEqual([0o711, 0o700, 0o700]);
  expect(readdirSync(data.secrets)).toEqual([]);
  expect(await openDataFolder(path)).toEqual(data);
});

test('a folder that cannot be is one sentence with what to do', async () => {
  const file = join(folder(), 'file');
  writeFileSync(file, '');
  await expect(openDataFolder(join(file, 'data'))).rejects.toMatchObject({
    code: 'folder-unusable',
    message: expect.stringMatching(/^The folder .* cannot be used \(ENOTDIR\)\.$/),
    hint: expect.stringContaining('DATA_FOLDER'),
  });
  await expect(openDataFolder('/proc/kopru')).rejects.toMatchObject({ code: 'folder-unusable' });
});

test('the project folder is found, and a file is replaced whole', async () => {
  expect(readFileSync(join(projectRoot(), 'package.json'), 'utf8')).toContain('"kopru"');
  const path = join(folder(), 'file');
  expect(await readIfThere(path)).toBeUndefined();
  await writeFileAtomic(path, 'one');
  await writeFileAtomic(path, 'two', 0o640);
  expect(await readIfThere(path)).toBe('two');
  expect(modeOf(path)).toBe(0o640);
});

test('a second broker on the data folder is refused until the first one is gone', async () => {
  const path = folder();
  expect(await instanceRuns(path)).toBe(false);
  const first = await claimInstance(path);
  expect(await instanceRuns(path)).toBe(true);
  await expect(claimInstance(path)).rejects.toMatchObject({
    code: 'already-running',
    message: expect.stringContaining(String(process.pid)),
  });
  await first.release();
  expect(await instanceRuns(path)).toBe(false);
  await (await claimInstance(path)).release();
});

test('a claim left by a killed process is taken over', async () => {
  const path = folder();
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(other, 'spawn');
  writeFileSync(join(path, 'instance.pid'), describeProcess(other.pid as number));
  await expect(claimInstance(path)).rejects.toMatchObject({ code: 'already-running' });
  other.kill('SIGKILL');
  await once(other, 'exit');
  await (await claimInstance(path)).release();
});

test('a pid that was given to another process by now does not count', async () => {
  const path = folder();
  const [pid, , boot] = describeProcess(process.ppid).split(' ');
  writeFileSync(join(path, 'instance.pid'), `${pid} 1 ${boot}`);
  await (await claimInstance(path)).release();
  expect(isDescribedProcessAlive('')).toBe(false);
  expect(isDescribedProcessAlive('abc')).toBe(false);
  expect(isAlive(process.pid)).toBe(true);
});

test('work under one file never overlaps', async () => {
  const path = join(folder(), 'lock');
  let inside = 0;
  const work = () =>
    oneAtATime(path, async () => {
      inside += 1;
      expect(inside).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    });
  await Promise.all([work(), work(), work()]);
  await expect(readIfThere(path)).resolves.toBeUndefined();
});

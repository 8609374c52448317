import { spawnSync } from 'node:child_process';

test('the lock file is complete for every platform, so that npm ci takes it anywhere', () => {
  const { status, stderr } = spawnSync(process.execPath, ['bin/complete-lock.mjs', '--check'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: 'The lock file is complete.\n' });
});

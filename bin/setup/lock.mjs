// One set-up at a time per project folder; a lock whose processes have all died is taken over.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SetUpFailure } from './run.mjs';

/** A process's state and the time it began, so that a pid given anew is not taken for the old one; empty where unknown. */
function statusOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], start: fields[19] };
  } catch {
    return { state: '', start: '' };
  }
}

const describe = (pid) => `${pid} ${statusOf(pid).start}`.trim();

function isAlive(line) {
  const [pid, start = ''] = line.split(' ');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  // A zombie has ended; only its parent has not looked yet.
  const now = statusOf(pid);
  return now.state !== 'Z' && (start === '' || now.start === start);
}

const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Creates the lock with its content in one step; false when it is there already. */
function create(path, own, content) {
  writeFileSync(own, content);
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function removeDead(path, own, content) {
  try {
    renameSync(path, own);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  // Another process may have taken the lock over between the look and the rename: give it back.
  if (read(own) === content) rmSync(own, { force: true });
  else create(path, `${own}.back`, read(own));
}

async function acquire(path) {
  const own = `${path}.${process.pid}`;
  let told = false;
  while (!create(path, own, describe(process.pid))) {
    const content = read(path);
    if (content === undefined) continue;
    const holders = content.split('\n').filter(isAlive);
    if (holders.length === 0) {
      removeDead(path, own, content);
      continue;
    }
    if (!told) process.stderr.write(`Another set-up is under way (process ${holders[0].split(' ')[0]}); waiting for it.\n`);
    told = true;
    await wait(100);
  }
}

export async function withLock(project, work) {
  const folder = join(project, 'dist/.setup');
  const path = join(folder, 'lock');
  try {
    mkdirSync(folder, { recursive: true });
    await acquire(path);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS', 'ENOSPC'].includes(error.code)) throw error;
    throw new SetUpFailure(`The project folder cannot be written (${error.code}: ${folder}).`);
  }
  const holders = [describe(process.pid)];
  const noteChild = (pid) => {
    holders.push(describe(pid));
    const next = `${path}.${process.pid}`;
    writeFileSync(next, holders.join('\n'));
    renameSync(next, path);
  };
  try {
    return await work(noteChild);
  } finally {
    rmSync(path, { force: true });
  }
}

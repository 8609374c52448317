import { randomBytes } from 'node:crypto';
import { link, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { KopruError } from '../../core/errors';
import { asFolderError, codeOf, openDataFolder, readIfThere } from '.';
import { describeProcess, isDescribedProcessAlive } from './process';

export interface Claim {
  release(): Promise<void>;
}

const pollMs = 20;

const beside = (path: string): string => `${path}.${randomBytes(6).toString('hex')}`;

/** The process that holds a claim of this content; undefined when it is dead. */
const holderOf = (content: string): string | undefined => {
  const [described = ''] = content.split('\n');
  return isDescribedProcessAlive(described) ? described.split(' ')[0] : undefined;
};

/** Creates the file with its content in one step; false when it is there already. */
async function createFile(path: string, content: string): Promise<boolean> {
  const own = beside(path);
  await writeFile(own, content, { mode: 0o600 });
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

async function removeDead(path: string, holder: string): Promise<void> {
  const aside = beside(path);
  await rename(path, aside).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
  // Someone else may have taken it over between the look and the rename: it goes back.
  const moved = await readIfThere(aside);
  if (moved !== undefined && moved !== holder) await createFile(path, moved);
  await rm(aside, { force: true });
}

/** The file for this process alone, or who holds it; one left by a dead process is taken over. */
async function claim(path: string): Promise<Claim | { holder: string }> {
  // The last word tells apart two claims of one process.
  const content = `${describeProcess(process.pid)}\n${randomBytes(6).toString('hex')}`;
  while (!(await createFile(path, content))) {
    const holder = await readIfThere(path);
    if (holder === undefined) continue;
    const alive = holderOf(holder);
    if (alive !== undefined) return { holder: alive };
    await removeDead(path, holder);
  }
  return {
    async release() {
      if ((await readIfThere(path)) === content) await rm(path, { force: true });
    },
  };
}

const instanceFile = (root: string): string => join(root, 'instance.pid');

/** Whether a broker runs on the data folder now. */
export async function instanceRuns(folder: string): Promise<boolean> {
  return holderOf((await readIfThere(instanceFile(resolve(folder)))) ?? '') !== undefined;
}

/** One broker per data folder. */
export async function claimInstance(folder: string): Promise<Claim> {
  const { root } = await openDataFolder(folder);
  const outcome = await claim(instanceFile(root)).catch((error: unknown) => {
    throw asFolderError(root, error);
  });
  if ('release' in outcome) return outcome;
  throw new KopruError('already-running', `Another broker (process ${outcome.holder}) runs on the data folder ${root}.`, {
    hint: 'Stop it, or set DATA_FOLDER to another folder.',
  });
}

/** Does the work while no other process does work under the same file. */
export async function oneAtATime<T>(path: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const outcome = await claim(path);
    if ('holder' in outcome) {
      await wait(pollMs);
      continue;
    }
    try {
      return await work();
    } finally {
      await outcome.release();
    }
  }
}

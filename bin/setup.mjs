// Everything between a fresh clone and a program that can start. Plain Node: it runs before anything is installed.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildStep } from './setup/build.mjs';
import { generateStep } from './setup/generate.mjs';
import { installStep } from './setup/install.mjs';
import { withLock } from './setup/lock.mjs';
import { SetUpFailure } from './setup/run.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Does what is missing, in order; costs a few milliseconds when nothing is. */
export async function setUp(project = root) {
  const steps = [installStep(project), generateStep(project), buildStep(project)];
  if (steps.every((step) => step.isFresh())) return;
  await withLock(project, async (noteChild) => {
    for (const step of steps) {
      // Asked again: another process may have done it while this one waited for the lock.
      if (!step.isFresh()) await step.run(noteChild);
    }
  });
}

export async function setUpOrExit(project = root) {
  try {
    await setUp(project);
  } catch (error) {
    if (!(error instanceof SetUpFailure)) throw error;
    if (error.output) process.stderr.write(`${error.output}\n\n`);
    process.stderr.write(`kopru: ${error.message}\n`);
    process.exit(1);
  }
}

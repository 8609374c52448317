import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { whoOfToken } from '../access/who';
import { openDataFolder, readIfThere, writeFileAtomic } from '../infra/folders';
import { isDemoDatabase } from '../operations/agreementEvents';
import { demoPeople } from '../operations/people/demo';
import { issueFor, mostDays } from '../operations/people/tokens';
import type { Credential } from '../surfaces/cli/deps';
import type { App } from './app';

/**
 * Of stand-ins: a token for each of the made-up people, in a file that only this user can read; one that no longer works is replaced,
 * unless its person was removed. Real people's are issued by an operator.
 */
export async function demoCredentials({ broker, db, clock, settings }: App): Promise<Credential[]> {
  if (!(await isDemoDatabase(db))) return [];
  const folder = path.join((await openDataFolder(settings.dataFolder)).secrets, 'credentials');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found: Credential[] = [];
  for (const [name, person] of Object.entries(await demoPeople(broker))) {
    const file = path.join(folder, `${name}.token`);
    const kept = await readIfThere(file);
    if (!kept || (await whoOfToken(db, kept.trim(), clock()))?.person.id !== person) {
      const issued = await issueFor(broker, person, { label: 'demo', days: mostDays }, { by: 'demo' }).catch(() => undefined);
      if (!issued) continue;
      await writeFileAtomic(file, `${issued.token}\n`);
    }
    found.push({ name, person, file });
  }
  return found;
}

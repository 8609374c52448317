import { mkdtempSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { loadAgreement } from '../../src/agreements/load';
import { type StandIns, startStandIns } from '../../src/app/standIns';
import { systemClock } from '../../src/core/clock';
import { openDataFolder } from '../../src/infra/folders';
import { readSettings } from '../../src/infra/settings';
import { ensureLocalTls } from '../../src/infra/tls';
import { recordEvent } from '../../src/operations/agreementEvents';
import { sampleEvents } from '../../src/operations/demo';
import { type TestDatabase, testDatabase } from './database';
import { leanAgreement } from './lean';
import { type Program, program } from './program';

/** A broker as separate processes: a database, sources that are configured like real ones, and a data folder. */
export interface Many {
  program: Program;
  database: TestDatabase;
  standIns: StandIns;
  close(): Promise<void>;
}

/** Prepares all but the processes. `sources` writes the sources file anew from the stand-ins' own. */
export async function many(options: {
  size: string;
  /** Nothing is compared after a publication. */
  lean?: boolean;
  env?: Record<string, string>;
  sources?(file: { sources: Record<string, Record<string, unknown>> }): unknown;
}): Promise<Many> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-agencies-'));
  const database = await testDatabase();
  const settings = readSettings({
    DATABASE_URL: database.url,
    DATA_FOLDER: folder,
    STAND_IN_SIZE: options.size,
    ...(options.lean ? { AGREEMENT_FILE: leanAgreement(folder) } : {}),
  });
  await openDataFolder(folder);
  const tls = await ensureLocalTls(path.join(folder, 'tls'), ['localhost'], systemClock);
  const standIns = await startStandIns(settings, tls);
  const sourcesFile = path.join(folder, 'sources.json');
  const own = JSON.parse(await readFile(standIns.sourcesFile, 'utf8'));
  writeFileSync(sourcesFile, JSON.stringify(options.sources?.(own) ?? own));
  const agreement = loadAgreement(settings.agreementFile);
  // Recorded as an operator does it, for real sources.
  for (const event of sampleEvents(agreement, '2026-01-15'))
    await recordEvent({ db: database.db, agreement, clock: systemClock }, event, 'test', false);
  const env = { DATABASE_URL: database.url, AGREEMENT_FILE: settings.agreementFile, SOURCES_FILE: sourcesFile, ...options.env };
  const run = program(env);
  return {
    program: run,
    database,
    standIns,
    close: async () => {
      await run.remove();
      await standIns.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

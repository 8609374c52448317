import { chmodSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { asKopruError, KopruError } from '../src/core/errors';
import { pullBench } from './pull';
import { writeResults } from './results';

/** `npm run bench -- [records]`: measures pulls of a million (or so many) workers and keeps the figures in bench/results.md. */
export async function main(argv: readonly string[]): Promise<number> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-bench-'));
  // As root, PostgreSQL runs as another user, who must be able to pass.
  chmodSync(folder, 0o711);
  try {
    const records = Number(argv[0] ?? 1_000_000);
    if (!Number.isInteger(records) || records < 1_000)
      throw new KopruError('usage', 'The number of records must be a whole number of at least 1000.');
    const figures = await pullBench(folder, records);
    const text = writeResults(figures, { keep: records === 1_000_000 });
    process.stdout.write(`${text}\n`);
    return 0;
  } catch (thrown) {
    const error = asKopruError(thrown);
    process.stderr.write(`bench: ${error.message} ${error.hint ?? ''}\n`);
    if (error.code === 'internal') console.error(thrown);
    return 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

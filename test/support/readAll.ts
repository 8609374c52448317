import type { App } from '../../src/app/app';
import { askerOf } from './asker';
import { sorted } from './truth';

/** All records that a party may read of a snapshot, by id. */
export async function readAll(app: App, party: string, dataset: string, version?: number): Promise<Record<string, unknown>[]> {
  const { batches } = await app.door.export(askerOf(party), dataset, { version });
  const rows: Record<string, unknown>[] = [];
  for await (const batch of batches) rows.push(...batch);
  return sorted(rows);
}

import { createSecretKey } from 'node:crypto';
import { fieldPlan } from '../../agreements/fields';
import type { Agreement } from '../../agreements/language';
import { KopruError } from '../../core/errors';
import { unseal } from '../../core/sealing';
import type { Run } from '../../infra/generated/client';
import { freshCheckpoint } from '../../intake/checkpoint';
import { missingShares } from '../../intake/drift';
import { emptyKnown } from '../../intake/known';
import { type GivenRecord, pageReader } from '../../intake/reader';
import { openStaging } from '../../intake/staging';
import { type Published, publish } from '../../snapshots/publish';
import { markReplayed, missingBefore, openQuarantine, publishedSnapshot } from '../../snapshots/store';
import { answerPlan } from '../../sources';
import type { Broker } from '../broker';
import { intakeKeys } from './intakeKeys';

/**
 * Reads the quarantined records of a dataset again, the same bytes under the present mapping and schema, and adds those
 * that are good now in a new snapshot. Conflicting twins are not replayed: only the source can say which one holds.
 */
export async function replayDataset(broker: Broker, run: Run): Promise<Published> {
  const { db, agreement, clock } = broker;
  const config = broker.sources[run.dataset];
  if (!config)
    throw new KopruError('sources-invalid', `No source is configured for ${run.dataset}, so its mapping is not known.`, {
      hint: 'Add it to SOURCES_FILE.',
    });
  const definition = agreement.datasets[run.dataset] as Agreement['datasets'][string];
  const plan = fieldPlan(definition);
  const before = await publishedSnapshot(db, run.dataset);
  const { keys, keyId } = await intakeKeys(broker, run.dataset);
  const reader = pageReader({
    dataset: run.dataset,
    definition,
    answer: answerPlan(config),
    fields: config.fields,
    keys,
    known: emptyKnown(0),
  });
  const staging = await openStaging(db.pool, run.id, { turn: { attempt: run.attempts } });
  const point = freshCheckpoint(clock(), before?.version ?? 0, plan.names.length);
  await staging.clear(point);

  const good: number[] = [];
  let page = 0;
  for await (const batch of openQuarantine(db, run.dataset)) {
    page += 1;
    const given: GivenRecord[] = [];
    for (const item of batch) {
      const text = unseal(createSecretKey((await broker.keys.byId(item.keyId)).bytes), item.sealed, item.fingerprint);
      if (text === undefined) throw new KopruError('record-tampered', `A quarantined record of ${run.dataset} does not open with its key.`);
      given.push(JSON.parse(text) as GivenRecord);
    }
    const { notes, seen, written } = reader.records(given, page);
    await staging.commit({ notes: [notes], seen: [seen], written: [written] }, point);
    const bad = await db.pool.query(`select position from ${staging.tables.notes} where page = $1`, [page]);
    const positions = new Set(bad.rows.map((row) => row.position));
    good.push(...batch.filter((_, position) => !positions.has(position)).map(({ id }) => id));
  }
  if (good.length === 0) {
    await staging.drop();
    throw new KopruError('state-conflict', `No quarantined record of ${run.dataset} is good under the present mapping and schema.`, {
      hint: 'See the reasons with kopru quarantine, mend the mapping and replay again.',
    });
  }
  const published = await publish(db, {
    dataset: run.dataset,
    runId: run.id,
    attempt: run.attempts,
    tables: staging.tables,
    base: before?.version ?? 0,
    sourceTime: before?.sourceTime ?? clock(),
    now: clock(),
    keyId,
    guardShare: agreement.thresholds.guard.share,
    missing: before ? await missingBefore(db, run.dataset, before.version) : missingShares(plan.names, point.stats),
    whole: false,
  });
  await markReplayed(db, good, clock());
  await staging.drop();
  return published;
}

import { createSecretKey } from 'node:crypto';
import { applies } from '../agreements/life';
import { istanbulDate } from '../core/dates';
import { KopruError } from '../core/errors';
import { completeTckn, isDummyId } from '../core/nationalId';
import type { NamedRecord } from '../core/record';
import { keyedIndex } from '../core/sealing';
import { askable, evaluate, type OpenRecords } from '../reconcile/evaluate';
import type { Input } from '../reconcile/inputs';
import type { Merged } from '../reconcile/merge';
import { merge } from '../reconcile/merge';
import { reconcileAlone } from '../reconcile/session';
import { comparedLast } from '../reconcile/store';
import { openStored } from '../snapshots/open';
import { datasetNumber, publishedSnapshot, storedByIds } from '../snapshots/store';
import type { Broker } from './broker';

export type Reconciled = Merged & { rules: string[]; snapshots: Record<string, number> };

/**
 * Compares the newest snapshots of all datasets under the agreement's rules, and brings the worklist of findings up to date.
 * One at a time; it only reads records and corrects none.
 * @throws KopruError `agreement-not-in-force`
 */
export async function reconcile(broker: Broker): Promise<Reconciled> {
  return (await compare(broker, true)) as Reconciled;
}

/** Undefined if it need not be, and nothing is new. */
async function compare(broker: Broker, always: boolean): Promise<Reconciled | undefined> {
  const { agreement, db, clock, log } = broker;
  if (!applies(await broker.state()))
    throw new KopruError('agreement-not-in-force', `The agreement ${agreement.id} is not in force, so nothing is compared.`, {
      hint: 'Record its events with kopru agreement record.',
    });
  const done = await reconcileAlone(db.pool, async (client) => {
    const inputs = await newestInputs(broker);
    if (!always && !(await isDue(broker, inputs))) return undefined;
    const rules = askable(agreement, inputs).map(([id]) => id);
    const snapshots = Object.fromEntries(inputs.map(({ dataset, version }) => [dataset, version]));
    await evaluate(client, { agreement, inputs, dummies: await dummyIndexes(broker), open: opener(broker) });
    return { ...(await merge(client, { agreementId: agreement.id, rules, snapshots, now: clock() })), rules, snapshots };
  });
  if (done) log.info({ ...done, rules: done.rules.length }, 'reconciled');
  return done;
}

/** Reconciles if a snapshot was published since the last time; what fails is told in the log and tried again at the next call. */
export async function reconcileIfDue(broker: Broker): Promise<void> {
  const { agreement, log } = broker;
  try {
    if (Object.keys(agreement.rules).length === 0 || !applies(await broker.state())) return;
    if (await isDue(broker, await newestInputs(broker))) await compare(broker, false);
  } catch (error) {
    log.warn({ code: (error as { code?: string }).code ?? 'reconcile', err: error }, 'reconciliation did not succeed');
  }
}

async function isDue({ agreement, db }: Broker, inputs: readonly Input[]): Promise<boolean> {
  const last = (await comparedLast(db, agreement.id)) ?? {};
  return inputs.some(({ dataset, version }) => last[dataset] !== version);
}

async function newestInputs({ agreement, db }: Broker): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const dataset of Object.keys(agreement.datasets)) {
    const snapshot = await publishedSnapshot(db, dataset);
    if (!snapshot) continue;
    inputs.push({ dataset, number: await datasetNumber(db, dataset), version: snapshot.version, day: istanbulDate(snapshot.sourceTime) });
  }
  return inputs;
}

/** The keyed indexes of the few numbers that pass the checksum and stand for nobody. */
async function dummyIndexes({ agreement, keys }: Broker): Promise<Buffer[]> {
  const key = createSecretKey((await keys.current(agreement.id, 'index')).bytes);
  const numbers = Array.from({ length: 9 }, (_, i) => completeTckn(String(i + 1).repeat(9)));
  return numbers.filter(isDummyId).map((number) => keyedIndex(key, number));
}

function opener({ agreement, db, keys }: Broker): OpenRecords {
  return async (dataset, ids) => {
    const open = await openStored(agreement, dataset, keys);
    const records = new Map<bigint, NamedRecord>();
    for (const stored of await storedByIds(db.pool, await datasetNumber(db, dataset), ids)) {
      const record = await open(stored);
      if (record) records.set(stored.id, record);
    }
    return records;
  };
}

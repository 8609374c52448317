import { createSecretKey } from 'node:crypto';
import { derivedDatasets, inputsOf, sourceDatasets } from '../agreements/derived';
import { datasetOf } from '../agreements/fields';
import type { Agreement } from '../agreements/language';
import { applies } from '../agreements/life';
import { istanbulDate } from '../core/dates';
import { KopruError } from '../core/errors';
import { completeTckn, isDummyId } from '../core/nationalId';
import { keyedIndex } from '../core/sealing';
import { forgetLeft } from '../reconcile/decided';
import { compareDerived, deriveRows } from '../reconcile/derived';
import { askable, evaluate } from '../reconcile/evaluate';
import { createInputs, type Input } from '../reconcile/inputs';
import type { Merged } from '../reconcile/merge';
import { merge, noteTimes, type Times } from '../reconcile/merge';
import type { OpenRecords } from '../reconcile/opening';
import { reconcileAlone, settle } from '../reconcile/session';
import { comparedLast } from '../reconcile/store';
import { rulesInForce } from '../reconcile/thresholds';
import { openByIds } from '../snapshots/open';
import { preparePartition } from '../snapshots/partition';
import { datasetNumber, publishedSnapshot } from '../snapshots/store';
import type { Broker } from './broker';
import { deriveDataset } from './pulls/deriveDataset';

export type Reconciled = Merged & {
  rules: string[];
  snapshots: Record<string, number>;
} & Times;

/**
 * Compares the newest snapshots of all datasets under the agreement's rules, and brings the worklist of findings up to date.
 * One at a time; it only reads records and corrects none. Only what changed is compared where that is enough, or everything
 * with `whole`.
 * @throws KopruError `agreement-not-in-force`
 */
export async function reconcile(broker: Broker, options: { whole?: boolean } = {}): Promise<Reconciled> {
  return (await compare(broker, { always: true, whole: options.whole ?? false })) as Reconciled;
}

/** Undefined if it need not be, and nothing is new. */
async function compare(broker: Broker, { always, whole }: { always: boolean; whole: boolean }): Promise<Reconciled | undefined> {
  const { agreement, db, clock, log } = broker;
  if (!applies(await broker.state()))
    throw new KopruError('agreement-not-in-force', `The agreement ${agreement.id} is not in force, so nothing is compared.`, {
      hint: 'Record its events with kopru agreement record.',
    });
  for (const dataset of derivedDatasets(agreement)) await preparePartition(db.pool, await datasetNumber(db, dataset));
  const done = await reconcileAlone(db.pool, async (client) => {
    const begun = performance.now();
    const inputs = await newestInputs(broker);
    if (!always && !(await isDue(broker, inputs))) return undefined;
    const asked = askable(await rulesInForce(db, agreement.rules), inputs);
    const rules = asked.map(([id]) => id);
    const snapshots = Object.fromEntries(inputs.map(({ dataset, version }) => [dataset, version]));
    const derived = derivable(agreement, inputs);
    const dummies = await dummyIndexes(broker);
    const evaluated = await evaluate(client, { agreement, rules: asked, inputs, derived, dummies, open: opener(broker), whole });
    const merged = await merge(client, { agreementId: agreement.id, rules, snapshots, now: clock(), evaluated });
    const compared = performance.now();
    const { before } = evaluated;
    const tables = createInputs(agreement, inputs, !before);
    for (const dataset of derived) {
      const own = inputs.filter((input) => inputsOf(agreement, dataset).includes(input.dataset));
      const number = await datasetNumber(db, dataset);
      await deriveRows(client, { agreement, inputs: tables, open: opener(broker), before }, { id: dataset, number });
      const { key } = datasetOf(agreement, dataset);
      const rows = await compareDerived(client, { dataset, number, key });
      await deriveDataset(broker, { dataset, inputs: own, rows, open: opener(broker) });
    }
    if (before) for (const { dataset } of inputs) await forgetLeft(client, tables.of(dataset).left);
    const times = { millis: Math.round(compared - begun), deriveMillis: Math.round(performance.now() - compared) };
    await noteTimes(client, times);
    return { ...merged, rules, snapshots, ...times };
  });
  if (done?.whole) await settle(db.pool);
  if (done) log.info({ ...done, rules: done.rules.length }, 'reconciled');
  return done;
}

/** Reconciles if a snapshot was published since the last time; what fails is told in the log and tried again at the next call. */
export async function reconcileIfDue(broker: Broker): Promise<void> {
  const { agreement, log } = broker;
  try {
    const compares = Object.keys(agreement.rules).length > 0 || derivedDatasets(agreement).length > 0;
    if (!compares || !applies(await broker.state())) return;
    if (await isDue(broker, await newestInputs(broker))) await compare(broker, { always: false, whole: false });
  } catch (error) {
    log.warn({ code: (error as { code?: string }).code ?? 'reconcile', err: error }, 'reconciliation did not succeed');
  }
}

async function isDue({ agreement, db }: Broker, inputs: readonly Input[]): Promise<boolean> {
  const last = (await comparedLast(db, agreement.id)) ?? {};
  return inputs.some(({ dataset, version }) => last[dataset] !== version);
}

async function newestInputs({ agreement, db }: Broker): Promise<Input[]> {
  const inputs = sourceDatasets(agreement).map(async (dataset): Promise<Input[]> => {
    const [snapshot, number] = await Promise.all([publishedSnapshot(db, dataset), datasetNumber(db, dataset)]);
    if (!snapshot) return [];
    const { version, sourceTime } = snapshot;
    return [{ dataset, number, version, sourceTime, day: istanbulDate(sourceTime) }];
  });
  return (await Promise.all(inputs)).flat();
}

/** The derived datasets whose inputs are all there. */
function derivable(agreement: Agreement, inputs: readonly Input[]): string[] {
  const have = new Set(inputs.map(({ dataset }) => dataset));
  return derivedDatasets(agreement).filter((id) => inputsOf(agreement, id).every((dataset) => have.has(dataset)));
}

/** The keyed indexes of the few numbers that pass the checksum and stand for nobody. */
async function dummyIndexes({ agreement, keys }: Broker): Promise<Buffer[]> {
  const key = createSecretKey((await keys.current(agreement.id, 'index')).bytes);
  const numbers = Array.from({ length: 9 }, (_, i) => completeTckn(String(i + 1).repeat(9)));
  return numbers.filter(isDummyId).map((number) => keyedIndex(key, number));
}

function opener(broker: Broker): OpenRecords {
  return (dataset, ids) => openByIds(broker, dataset, ids);
}

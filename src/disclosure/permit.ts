import { createSecretKey } from 'node:crypto';
import { type Decision, decide } from '../access/decide';
import { datasetOf } from '../agreements/fields';
import type { Agreement, Mode } from '../agreements/language';
import type { AgreementState } from '../agreements/life';
import { type AccessEntry, logAccess } from '../audit/log';
import { KopruError } from '../core/errors';
import { type IdKind, idKind } from '../core/nationalId';
import { keyedIndex } from '../core/sealing';
import { datasetNumber, publishedSnapshot } from '../snapshots/store';
import { type Place, readCursor } from './cursor';
import { type Provenance, provenance } from './provenance';
import type { Asker, At, DoorDeps, SnapshotInfo } from './types';

/** What somebody wants to read of a dataset. */
export interface Wish {
  action: 'snapshots' | 'records' | 'record' | 'changes' | 'export' | 'lookup' | 'lookup-answer';
  dataset: string;
  at?: At;
  fields?: readonly string[] | undefined;
  nationalId?: string;
  mode?: Mode;
  /** The older snapshot of a comparison. */
  from?: number;
  /** `next` of the page before. */
  after?: string | undefined;
}

/** A logged permission to open these fields of this snapshot. */
export interface Permission {
  reading: string;
  dataset: string;
  /** The dataset's short number. */
  number: number;
  snapshot: SnapshotInfo;
  /** The row after which a page begins. */
  after: bigint;
  fields: readonly string[];
  provenance: Provenance;
}

export type Allowed = Extract<Decision, { allow: true }>;

/** Decides, finds the snapshot and writes the log; a refusal is logged too, and then thrown. */
export async function permit(deps: DoorDeps, asker: Asker, wish: Wish): Promise<Permission> {
  const { agreement, db } = deps;
  const { allowed, state, entry, found } = await admit(deps, asker, wish, () => placeOf(deps, wish));
  const { place, snapshot } = found;
  await logAccess(db, { ...entry, snapshot: snapshot.version });
  return {
    reading: readingOf(wish),
    dataset: wish.dataset,
    number: await datasetNumber(db, wish.dataset),
    snapshot,
    after: place.after,
    fields: allowed.fields,
    provenance: provenance(agreement, state, snapshot, allowed),
  };
}

/** A wish that is allowed, with the entry that must be logged before anything is released. */
export interface Admitted<T> {
  allowed: Allowed;
  state: AgreementState;
  entry: AccessEntry;
  found: T;
}

/** Decides, and finds what else the wish needs; a refusal by either is logged, and then thrown. */
export async function admit<T>(deps: DoorDeps, asker: Asker, wish: Wish, find: () => Promise<T>): Promise<Admitted<T>> {
  const { agreement, db } = deps;
  const state = await deps.state();
  const { dataset, fields, mode } = wish;
  const decision = decide(agreement, state, {
    party: asker.party,
    dataset,
    ...(asker.purpose === undefined ? {} : { purpose: asker.purpose }),
    ...(fields ? { fields } : {}),
    ...(mode ? { mode } : {}),
  });
  const entry: AccessEntry = {
    ...entryOf(deps, asker),
    action: wish.action,
    dataset: known(agreement.datasets, dataset),
    article: decision.article,
  };
  if (wish.nationalId !== undefined && idKind(wish.nationalId)) entry.subject = await subject(deps, wish.nationalId);
  try {
    const allowed = allowedOf(decision);
    refuseForeignId(agreement, wish);
    const found = await find();
    return { allowed, state, entry: { ...entry, decision: 'allow', grantId: allowed.grant, fields: allowed.fields }, found };
  } catch (error) {
    if (error instanceof KopruError) await logAccess(db, { ...entry, code: error.code });
    throw error;
  }
}

/** What every entry begins with. What a caller made up is not written down: it might be a person's number. */
export function entryOf({ agreement, clock }: DoorDeps, { requestId, party, purpose }: Asker): Omit<AccessEntry, 'action' | 'dataset'> {
  return {
    at: clock(),
    requestId,
    party,
    decision: 'refuse',
    ...(purpose === undefined ? {} : { purpose: known(agreement.purposes, purpose) ?? '(unknown)' }),
  };
}

function known(names: object, name: string): string | null {
  return Object.hasOwn(names, name) ? name : null;
}

function allowedOf(decision: Decision): Allowed {
  if (!decision.allow) throw new KopruError(decision.code, decision.message, { hint: decision.hint });
  return decision;
}

const kindNames: Record<IdKind, string> = {
  tckn: '11 digits (T.C. number)',
  ykn: '11 digits beginning with 99 (foreigner’s number)',
  vkn: '10 digits (tax number)',
};

function refuseForeignId(agreement: Agreement, { dataset, nationalId }: Wish): void {
  if (nationalId === undefined) return;
  const { key, fields } = datasetOf(agreement, dataset);
  const keyField = fields[key];
  const kinds = keyField?.type === 'nationalId' ? keyField.kinds : [];
  const kind = idKind(nationalId);
  if (kind && kinds.includes(kind)) return;
  const what = kind ? `${dataset} keeps no records under this kind of number` : 'The national id is not well formed';
  throw new KopruError('id-invalid', `${what}.`, { hint: `Give ${kinds.map((k) => kindNames[k]).join(' or ')}, with right check digits.` });
}

/** The snapshot that is read, and where in it; all of it published. */
async function placeOf({ db }: DoorDeps, wish: Wish): Promise<{ place: Place; snapshot: SnapshotInfo }> {
  const { dataset, at = {}, from } = wish;
  const cursor = wish.after === undefined ? undefined : readCursor(readingOf(wish), wish.after);
  if (wish.after !== undefined && (!cursor || (at.version !== undefined && at.version !== cursor.version))) {
    throw new KopruError('request-invalid', 'The cursor is not one that was given out for this reading.', {
      hint: 'Follow the address in the header Link, or change nothing but after.',
    });
  }
  const version = cursor?.version ?? at.version;
  const snapshot = await publishedSnapshot(db, dataset, version !== undefined ? { version } : at.time ? { time: at.time } : {});
  const older = from === undefined || (await publishedSnapshot(db, dataset, { version: from }));
  if (!snapshot || !older) {
    throw new KopruError('not-found', `There is no such published snapshot of ${dataset}.`, {
      hint: 'List them with GET /v1/datasets/{dataset}/snapshots or kopru snapshots.',
    });
  }
  if (from !== undefined && from > snapshot.version)
    throw new KopruError('request-invalid', 'The changes asked for run backwards.', { hint: 'Give a from that is not after to.' });
  return { snapshot, place: { version: snapshot.version, after: cursor?.after ?? 0n } };
}

function readingOf({ action, dataset, from }: Wish): string {
  return from === undefined ? `${action}/${dataset}` : `${action}/${dataset}/${from}`;
}

/** Who was asked about, for those who search the log: under the log's own key. */
async function subject({ keys, agreement }: DoorDeps, nationalId: string): Promise<Buffer> {
  return keyedIndex(createSecretKey((await keys.current(agreement.id, 'log')).bytes), nationalId);
}

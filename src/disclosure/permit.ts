import { decide, type Reach, type Request } from '../access/decide';
import { datasetOf } from '../agreements/fields';
import type { Agreement, Mode } from '../agreements/language';
import type { AgreementState } from '../agreements/life';
import type { Action } from '../agreements/roles';
import type { AuditEntry } from '../audit/entry';
import { istanbulDate } from '../core/dates';
import { KopruError } from '../core/errors';
import { type IdKind, idKind } from '../core/nationalId';
import type { FieldFilter } from '../snapshots/chosen';
import { publishedSnapshot } from '../snapshots/store';
import type { StoredRecord } from '../snapshots/types';
import { type Place, readCursor } from './cursor';
import { type AskedFilter, fieldsChosenBy, filterMark, readFilter } from './filter';
import { type Provenance, provenance } from './provenance';
import { allowedOf } from './refusal';
import type { Asker, At, Begun, DoorDeps, SnapshotInfo } from './types';

/** What somebody wants to read of a dataset. */
export interface Wish {
  action: 'snapshots' | 'records' | 'record' | 'changes' | 'export' | 'lookup' | 'lookup-answer';
  dataset: string;
  at?: At;
  fields?: readonly string[] | undefined;
  nationalId?: string;
  mode?: Mode;
  /** The older snapshot of a comparison, or the one since which records are new or other. */
  from?: number | undefined;
  /** What the records are chosen by. */
  by?: AskedFilter | undefined;
  /** `next` of the page before. */
  after?: string | undefined;
}

/** A permission to open these fields of this snapshot, once it is logged. */
export interface Permission {
  reading: string;
  dataset: string;
  /** The dataset's short number. */
  number: number;
  snapshot: SnapshotInfo;
  /** The older snapshot, where there is one. */
  older: SnapshotInfo | undefined;
  by: readonly FieldFilter[];
  /** Of which rows alone the asker may know. */
  within: readonly FieldFilter[];
  /** The row after which a page begins. */
  after: bigint;
  fields: readonly string[];
  /** Of a derived dataset: the rules whose findings may be shown. */
  rules: readonly string[] | undefined;
  provenance: Provenance;
  /** What is written before anything of it is opened. */
  entry: AuditEntry;
  /** What was decided. */
  request: Request;
}

/** Decides, and finds the snapshot; a refusal is logged, and then thrown. What is permitted is logged when it is released. */
export async function permit(deps: DoorDeps, asker: Asker, wish: Wish): Promise<Permission> {
  const { agreement } = deps;
  const { allowed, state, entry, request, found } = await admit(deps, asker, wish, (within) => placeOf(deps, asker, wish, within));
  const { reading, place, snapshot, older, by, within } = found;
  return {
    reading,
    dataset: wish.dataset,
    number: await deps.reads.numberOf(wish.dataset),
    snapshot,
    older,
    by,
    within,
    after: place.after,
    fields: allowed.fields,
    rules: allowed.rules,
    provenance: provenance(agreement, state, snapshot, allowed),
    entry: { ...entry, snapshot: snapshot.version },
    request,
  };
}

/** A wish that is allowed, with the entry that must be logged before anything is released. */
export interface Admitted<T> {
  allowed: Reach;
  state: AgreementState;
  entry: AuditEntry;
  request: Request;
  found: T;
}

/** Decides, and finds what else the wish needs among the rows that the asker may read; a refusal by either is logged, and then thrown. */
export async function admit<T>(
  deps: DoorDeps,
  asker: Asker,
  wish: Wish,
  find: (within: readonly FieldFilter[]) => Promise<T>,
): Promise<Admitted<T>> {
  const { agreement, audit } = deps;
  const state = asker.begun?.state ?? (await deps.state());
  const { action, dataset, fields, mode } = wish;
  const chosenBy = fieldsChosenBy(agreement, dataset, wish.by);
  const request = {
    ...requestOf(deps, asker, action),
    dataset,
    ...(fields ? { fields } : {}),
    chosenBy,
    ...(mode ? { mode } : {}),
  };
  const decision = decide(agreement, state, asker.who, request);
  const entry: AuditEntry = { ...entryOf(deps, asker), action, dataset: known(agreement.datasets, dataset), article: decision.article };
  if (wish.nationalId !== undefined && idKind(wish.nationalId)) {
    const { keyIndexOf, ofKeyIndexes } = deps.subjects;
    entry.subjects = await ofKeyIndexes([await keyIndexOf(wish.nationalId)]);
  }
  try {
    const allowed = allowedOf(decision);
    refuseForeignId(agreement, wish);
    const { scope } = allowed;
    const found = await find(scope ? [{ field: scope.field, values: [scope.province] }] : []);
    const named = [...new Set([...allowed.fields, ...chosenBy])];
    return { allowed, state, entry: { ...entry, decision: 'allow', grant: allowed.grant, fields: named }, request, found };
  } catch (error) {
    if (error instanceof KopruError) await audit.append({ ...entry, code: error.code });
    throw error;
  }
}

/**
 * Decides anew while an answer is under way: what ended meanwhile ends it, too. The refusal is logged, and then thrown.
 * @throws KopruError with the refusal's code; `state-conflict` if other fields, rules or rows are open now
 */
export async function permitStill(deps: DoorDeps, asker: Asker, { request, entry, fields, rules, within }: Permission): Promise<void> {
  const { agreement, clock, audit } = deps;
  const { who, certificate } = await asNow(asker);
  const decision = decide(agreement, await deps.state(), who, { ...request, certificate, today: istanbulDate(clock()) });
  try {
    const { scope, ...allowed } = allowedOf(decision);
    const rows = scope ? [{ field: scope.field, values: [scope.province] }] : [];
    if (JSON.stringify([allowed.fields, allowed.rules, rows]) !== JSON.stringify([fields, rules, within]))
      throw new KopruError('state-conflict', 'Other fields, rules or rows are open now than when this began.', { hint: 'Ask anew.' });
  } catch (error) {
    if (error instanceof KopruError)
      await audit.append({ ...entry, at: clock(), decision: 'refuse', code: error.code, article: decision.article });
    throw error;
  }
}

/** Who the same caller is by now. Whoever is nobody any more is told so as somebody who was removed. */
export async function asNow(asker: Asker): Promise<Asker> {
  const now = asker.still ? await asker.still() : asker;
  return { ...asker, who: { ...asker.who, person: { ...asker.who.person, removed: true } }, ...now };
}

/** What a decision needs to know of a request, whatever it asks for. A look-up's two ways are one action. */
export function requestOf({ clock }: DoorDeps, { purpose, case: of, address, certificate }: Asker, action: Action | 'lookup-answer') {
  const stated = { ...(purpose === undefined ? {} : { purpose }), ...(of === undefined ? {} : { case: of }) };
  return {
    action: action === 'lookup-answer' ? ('lookup' as const) : action,
    address,
    certificate,
    today: istanbulDate(clock()),
    ...stated,
  };
}

/** What every entry begins with. What a caller made up is not written down: it might be a person's number. */
export function entryOf({ agreement, clock }: DoorDeps, { requestId, who, address, purpose, case: of }: Asker): Omit<AuditEntry, 'action'> {
  const { id, party, unit } = who.person;
  return {
    at: clock(),
    requestId,
    kind: 'access',
    party,
    person: id,
    unit,
    address,
    decision: 'refuse',
    ...(purpose === undefined ? {} : { purpose: known(agreement.purposes, purpose) ?? '(unknown)' }),
    ...(of === undefined ? {} : { case: of }),
  };
}

/** Writes that these records leave, durably: only then may they be opened. */
export async function logRelease(
  deps: DoorDeps,
  { entry }: Pick<Permission, 'entry'>,
  rows: readonly Pick<StoredRecord, 'keyIndex'>[],
): Promise<void> {
  const subjects = await deps.subjects.ofKeyIndexes(rows.map(({ keyIndex }) => keyIndex));
  await deps.audit.append({ ...entry, records: rows.length, ...(subjects.length > 0 ? { subjects } : {}) });
}

export function known(names: object, name: string): string | null {
  return Object.hasOwn(names, name) ? name : null;
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

interface Found {
  reading: string;
  place: Place;
  snapshot: SnapshotInfo;
  older: SnapshotInfo | undefined;
  by: readonly FieldFilter[];
  within: readonly FieldFilter[];
}

/** What is read, of which snapshots, and where in it; all of it published. */
async function placeOf({ db, agreement, reads }: DoorDeps, { begun }: Asker, wish: Wish, within: readonly FieldFilter[]): Promise<Found> {
  const { dataset, at = {}, from } = wish;
  const by = readFilter(agreement, dataset, wish.by);
  const reading = readingOf(wish, by, within);
  const cursor = wish.after === undefined ? undefined : readCursor(reading, wish.after);
  if (wish.after !== undefined && (!cursor || (at.version !== undefined && at.version !== cursor.version))) {
    throw new KopruError('request-invalid', 'The cursor is not one that was given out for this reading.', {
      hint: 'Follow the address in the header Link, or change nothing but after.',
    });
  }
  const version = cursor?.version ?? at.version;
  const asked = version !== undefined ? { version } : at.time ? { time: at.time } : undefined;
  const snapshot = asked ? await publishedSnapshot(db, dataset, asked) : await newestOf(reads, dataset, begun);
  const older = from === undefined ? undefined : await publishedSnapshot(db, dataset, { version: from });
  if (!snapshot || (from !== undefined && !older)) {
    throw new KopruError('not-found', `There is no such published snapshot of ${dataset}.`, {
      hint: 'List them with GET /v1/datasets/{dataset}/snapshots or kopru snapshots.',
    });
  }
  if (from !== undefined && from > snapshot.version)
    throw new KopruError('request-invalid', 'The changes asked for run backwards.', {
      hint: 'The older snapshot (from, changedSince) must not be after the one that is read.',
    });
  return { reading, place: { version: snapshot.version, after: cursor?.after ?? 0n }, snapshot, older, by, within };
}

async function newestOf(reads: DoorDeps['reads'], dataset: string, begun: Begun | undefined): Promise<SnapshotInfo | undefined> {
  return begun?.newest?.dataset === dataset ? begun.newest.snapshot : reads.newest(dataset);
}

/** What somebody chose and what alone somebody may see are two things: the changes of the same rows read otherwise. */
function readingOf({ action, dataset, from }: Wish, by: readonly FieldFilter[], within: readonly FieldFilter[]): string {
  const marks = Object.entries({ by, of: within }).flatMap(([name, rows]) => (rows.length === 0 ? [] : [`${name}-${filterMark(rows)}`]));
  return [action, dataset, ...(from === undefined ? [] : [from]), ...marks].join('/');
}

/** All that an answer of records depends on: the rows themselves are what the snapshots' digests stand for. */
export function dependsOn({ who }: Asker, { reading, provenance, older, fields, rules, after }: Permission): unknown[] {
  return [who.person.party, reading, provenance, older?.digest, fields, rules, String(after)];
}

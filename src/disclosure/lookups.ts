import { randomUUID } from 'node:crypto';
import { decideStaff } from '../access/staff';
import { datasetOf } from '../agreements/fields';
import { type ErrorCode, errorCatalogue, KopruError } from '../core/errors';
import { openFor, repeatKeyOf, sealFor } from '../lookups/sealed';
import { findLookup, takeAnswer, writeLookup } from '../lookups/store';
import type { LookupAnswer, LookupRequest, LookupRow } from '../lookups/types';
import { publishedSnapshot } from '../snapshots/store';
import { releasedFields } from './open';
import { admit, asNow, entryOf, requestOf, type Wish } from './permit';
import { originOf, provenance } from './provenance';
import { charge } from './quota';
import { allowedOf } from './refusal';
import type { Asker, DoorDeps, Provenance, Released } from './types';

/** A look-up's answer, or that it is still under way. */
export type LookedUp =
  | { id: string; pending: true }
  | { id: string; pending: false; stale: boolean; provenance: Omit<Provenance, 'snapshot'> & Partial<Provenance>; record: Released };

/** Look-ups are often ready at once; between looks at the row a told message wakes the caller. */
const lookMillis = 1_000;

/**
 * Asks the source for one person (V.Ç.8, anlık): logged, written as a sealed request, and waited for so long.
 * `repeatKey` makes a repeat find the first request again.
 * @throws KopruError `lookup-not-offered`, `id-invalid`, a refusal, or why there is no answer
 */
export async function lookup(
  deps: DoorDeps,
  asker: Asker,
  wish: { dataset: string; nationalId: string; repeatKey?: string | undefined; waitMillis: number },
): Promise<LookedUp> {
  const { agreement, keys, db, clock } = deps;
  const { dataset, nationalId } = wish;
  const { entry, request: asked } = await admit(deps, asker, wishFor(dataset, nationalId), async () => offered(deps, dataset));
  const about = entry.subjects?.[0]?.toString('hex');
  await charge(
    deps,
    { ...asker, repeatKey: wish.repeatKey },
    { dataset, mode: 'instant', reading: `lookup ${about}`, queries: 1, records: 0, entry, request: asked },
  );
  await deps.audit.append(entry);
  const bound = { id: randomUUID(), keyId: (await keys.current(agreement.id, 'lookup')).id };
  const request: LookupRequest = { nationalId };
  // Its answer may be told of while the row is still on its way back.
  const told = deps.lookups.told(bound.id, lookMillis);
  const { row, already } = await writeLookup(db, {
    ...bound,
    party: asker.who.person.party,
    person: asker.who.person.id,
    dataset,
    purpose: asker.purpose ?? null,
    repeatKey: wish.repeatKey === undefined ? null : await repeatKeyOf(keys, agreement.id, `${asker.who.person.id} ${wish.repeatKey}`),
    request: await sealFor(keys, bound, request),
    subject: entry.subjects?.[0] ?? null,
    caseRef: asker.case ?? null,
    now: clock(),
  });
  if (already) await refuseOther(deps, row, nationalId);
  if (already || wish.waitMillis < lookMillis) return waited(deps, asker, row.id, wish.waitMillis);
  await told;
  return waited(deps, asker, row.id, wish.waitMillis - lookMillis);
}

/** The answer of a look-up that was asked before; only to the person who asked. */
export async function lookupAnswer(deps: DoorDeps, asker: Asker, id: string, waitMillis: number): Promise<LookedUp> {
  const row = await findLookup(deps.db, id);
  // What is theirs is decided and logged with its answer.
  const decision = decideStaff(deps.agreement, asker.who, requestOf(deps, asker, 'lookup-answer'));
  if (!decision.allow || row?.person !== asker.who.person.id) {
    const code = decision.allow ? 'not-found' : decision.code;
    await deps.audit.append({ ...entryOf(deps, asker), action: 'lookup-answer', code, article: decision.article });
    allowedOf(decision);
    throw new KopruError('not-found', 'There is no such look-up.', { hint: 'Ask anew.' });
  }
  return waited(deps, asker, id, waitMillis);
}

async function waited(deps: DoorDeps, asker: Asker, id: string, waitMillis: number): Promise<LookedUp> {
  for (let left = waitMillis; ; left -= lookMillis) {
    const told = deps.lookups.told(id, Math.min(left, lookMillis));
    const [row, state, now] = await Promise.all([findLookup(deps.db, id), deps.state(), asNow(asker)]);
    if (!row) throw gone();
    if (row.status !== 'queued' && row.status !== 'running') return deliver(deps, { ...now, begun: { state } }, row);
    if (left <= 0) return { id, pending: true };
    await told;
  }
}

/** Decides anew, logs, and only then opens: the agreement or the grant may have ended meanwhile. */
async function deliver(deps: DoorDeps, asker: Asker, row: LookupRow): Promise<LookedUp> {
  const { agreement, keys, db, clock } = deps;
  const stated = { purpose: row.purpose ?? undefined, case: row.caseRef ?? undefined };
  const {
    allowed,
    state,
    entry,
    request,
    found: within,
  } = await admit(deps, { ...asker, ...stated }, { ...wishFor(row.dataset), action: 'lookup-answer' }, async (rows) => rows);
  const subject = row.subject ?? undefined;
  // That somebody is not there, or could not be asked for, is told under the same rules as a record.
  const code = row.status === 'failed' ? (row.errorCode as ErrorCode) : undefined;
  const about = { ...entry, ...(subject ? { subjects: [subject] } : {}) };
  // Delivered again under its key, an answer counts once.
  if (row.status === 'answered')
    await charge(
      deps,
      { ...asker, requestId: row.id, repeatKey: undefined },
      { dataset: row.dataset, mode: 'instant', reading: 'answer', queries: 0, records: 1, entry, request },
    );
  await deps.audit.append({ ...about, records: row.status === 'answered' ? 1 : 0, ...(code ? { code } : {}) });
  if (code) throw failure(code);
  const sealed = row.status === 'answered' ? await takeAnswer(db, row, clock()) : undefined;
  if (!sealed) throw gone();
  const answer = await openFor<LookupAnswer>(keys, row, sealed);
  // Somebody of another province is to provincial staff nobody.
  if (!within.every(({ field, values }) => values.includes(String(answer.record[field])))) {
    await deps.audit.append({ ...about, decision: 'refuse', code: 'source-not-found' });
    throw failure('source-not-found');
  }
  const record = releasedFields(datasetOf(agreement, row.dataset), answer.record, allowed);
  const snapshot = answer.snapshot === undefined ? undefined : await publishedSnapshot(db, row.dataset, { version: answer.snapshot });
  return {
    id: row.id,
    pending: false,
    stale: answer.snapshot !== undefined,
    provenance: snapshot
      ? provenance(agreement, state, snapshot, allowed)
      : originOf(agreement, state, { dataset: row.dataset, time: new Date(answer.time) }, allowed),
    record,
  };
}

function wishFor(dataset: string, nationalId?: string): Wish {
  return { action: 'lookup', dataset, mode: 'instant', ...(nationalId === undefined ? {} : { nationalId }) };
}

function offered({ lookups }: DoorDeps, dataset: string): void {
  if (lookups.offered.has(dataset)) return;
  throw new KopruError('lookup-not-offered', `No query service is configured for ${dataset}, so look-ups cannot be asked of it.`, {
    hint: 'Read the record from the newest snapshot with POST /v1/datasets/{dataset}/record.',
  });
}

/** One key stands for one question. */
async function refuseOther({ keys }: DoorDeps, row: LookupRow, nationalId: string): Promise<void> {
  if (!row.request) throw gone();
  const before = await openFor<LookupRequest>(keys, row, row.request);
  if (before.nationalId !== nationalId)
    throw new KopruError('state-conflict', 'This idempotency key was used for another look-up.', {
      hint: 'Use a new key for a new question.',
    });
}

function failure(code: ErrorCode): KopruError {
  return new KopruError(code, errorCatalogue[code].meaning, errorCatalogue[code].severity === 'retry' ? { hint: 'Ask again later.' } : {});
}

function gone(): KopruError {
  return new KopruError('lookup-gone', 'The answer was delivered or has expired, and is not kept.', {
    hint: 'Ask anew, with another idempotency key.',
  });
}

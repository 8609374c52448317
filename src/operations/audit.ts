import { readdir } from 'node:fs/promises';
import { inputsOf } from '../agreements/derived';
import type { Agreement } from '../agreements/language';
import { datasetsOf, type Rule } from '../agreements/rules';
import { allAnchors, keepCheckpoint, newestCheckpoint } from '../audit/anchor';
import { type Bundle, writeBundle } from '../audit/bundle';
import { type Checkpoint, signCheckpoint } from '../audit/checkpoint';
import { type AuditEntry, operation } from '../audit/entry';
import { type Concern, type EntryFilter, entriesBefore, entriesOf, hashOf, lastNumber } from '../audit/read';
import { loggedReading } from '../audit/reading';
import { subjectOf } from '../audit/subjects';
import { timestampsIn } from '../audit/timestamps';
import { type Verdict, verifyChain } from '../audit/verify';
import { KopruError } from '../core/errors';
import { idKind } from '../core/nationalId';
import { timestampNewest } from './auditTimestamps';
import type { Broker, Operator } from './broker';

export type { Bundle, Checkpoint, Verdict };

/** An entry as an auditor sees it: nothing personal, and of whom it concerns not even the keyed indexes. */
export interface AuditView extends Omit<AuditEntry, 'subjects' | 'at'> {
  seq: number;
  at: Date;
}

/** Which entries are asked for. */
export interface AuditAsked extends Omit<EntryFilter, 'concern'> {
  before?: number | undefined;
  limit: number;
}

const [hourMillis, dayMillis] = [3_600_000, 24 * 3_600_000];
/** The log has no index of people, so whoever looks for one says when (policy). */
const mostSubjectDays = 400;

/**
 * A page of what an auditor of a party may see, newest first. Policy: the host's sees the whole log, operations too; another party's
 * what concerns that party, which are accesses by its own people, and anybody's to its data, also where others are made of them.
 * Whoever calls this has been admitted by the door, which has logged it as the entry `logged`.
 */
export async function readAudit(
  { db, agreement }: Pick<Broker, 'db' | 'agreement'>,
  { party, logged }: { party: string; logged: number },
  { before, limit, ...filter }: AuditAsked,
): Promise<{ entries: AuditView[]; next?: number }> {
  const found = await entriesBefore(loggedReading(db.pool, logged), { ...filter, concern: concernOf(agreement, party) }, { before, limit });
  return { ...found, entries: found.entries.map(({ seq, at, body }) => ({ ...JSON.parse(body), seq, at })) };
}

/** What of the log concerns a party; undefined: all of it, which is the host’s. */
export function concernOf(agreement: Agreement, party: string): Concern | undefined {
  if (party === agreement.host.party) return undefined;
  const owns = (dataset: string) => agreement.datasets[dataset]?.owner === party;
  return {
    party,
    datasets: Object.keys(agreement.datasets).filter((id) => owns(id) || inputsOf(agreement, id).some(owns)),
    rules: Object.keys(agreement.rules).filter((id) => datasetsOf(agreement.rules[id] as Rule).some(owns)),
  };
}

/**
 * Under what the log finds the person whom a search is for.
 * @throws KopruError `id-invalid`; `request-invalid` for a range of time that is none or longer than 400 days
 */
export async function searchedSubject(
  { keys, agreement, clock }: Pick<Broker, 'keys' | 'agreement' | 'clock'>,
  { nationalId, since, until = clock() }: { nationalId: string; since: Date; until?: Date | undefined },
): Promise<Buffer> {
  if (!idKind(nationalId))
    throw new KopruError('id-invalid', 'The national id is not well formed.', {
      hint: 'Give 11 digits (T.C. or foreigner’s number) or 10 digits (tax number), with right check digits.',
    });
  if (!(since < until && until.getTime() - since.getTime() <= mostSubjectDays * dayMillis))
    throw new KopruError('request-invalid', `A search for a person needs a range of time of at most ${mostSubjectDays} days.`, {
      hint: 'Let since be before until, and ask once for each range.',
    });
  return subjectOf(keys, agreement.id, nationalId);
}

/** Holds the whole log against its hashes and against all checkpoints, those in these files too; for a person, as the entry `logged`. */
export async function verifyAudit(
  { db, anchor }: Broker,
  { files = [], logged }: { files?: readonly string[] | undefined; logged?: number | undefined } = {},
): Promise<Verdict> {
  const log = logged === undefined ? db.pool : loggedReading(db.pool, logged);
  return verifyChain(log, await allAnchors(db.pool, anchor.folder, files));
}

/** One sentence about a log that is bad. */
export function brokenLog({ firstBad, entries, anchoredTo }: Verdict): KopruError | undefined {
  if (!firstBad) return undefined;
  const good = anchoredTo > 0 ? `; entries up to ${anchoredTo} are anchored and good` : '';
  return new KopruError('audit-broken', `The audit log is not whole: entry ${firstBad.seq} ${firstBad.why}${good}.`, {
    hint: `${entries} entries before it are in order. Keep the database as it is, and find out who could write to it.`,
  });
}

/**
 * Signs how far the log goes now, and exports it. First everything since the last checkpoint is verified, so that none blesses a
 * log that is broken. Undefined if nothing was added since.
 * @throws KopruError `audit-broken`, `key-missing`
 */
export async function checkpointAudit(
  { db, anchor, agreement, clock }: Broker,
  options: { newKey?: boolean | undefined } = {},
): Promise<Checkpoint | undefined> {
  const { pool } = db;
  const { checkpoints, exported, keys } = await allAnchors(pool, anchor.folder);
  const last = [...(exported.length > 0 ? exported : checkpoints)].sort((a, b) => b.seq - a.seq)[0];
  const begin = last && { seq: last.seq, hash: Buffer.from(last.hash, 'hex') };
  const stands = !begin || (await hashOf(pool, begin.seq))?.equals(begin.hash);
  const verdict = await verifyChain(pool, stands ? { checkpoints: [], keys } : { checkpoints, keys }, stands ? begin : undefined);
  const broken = brokenLog(verdict);
  if (broken) throw broken;
  if (verdict.entries === (last?.seq ?? 0)) return undefined;
  const key = anchor.key({ create: options.newKey === true || checkpoints.length === 0 });
  const checkpoint = signCheckpoint(key, { agreement: agreement.id, seq: verdict.entries, hash: verdict.hash, at: clock() });
  await keepCheckpoint(pool, anchor.folder, key, checkpoint);
  return checkpoint;
}

/** Makes a checkpoint if the newest one is an hour old and the log is no longer as it says. */
export async function checkpointIfDue(broker: Broker): Promise<void> {
  const newest = await newestCheckpoint(broker.db.pool);
  if (newest && broker.clock().getTime() - newest.at.getTime() < hourMillis) return;
  if ((await lastNumber(broker.db.pool)) !== (newest?.seq ?? 0)) await checkpointAudit(broker);
}

/** Which entries are asked for: from one to another, or those of a time. */
export interface Part {
  from?: number | Date | undefined;
  /** A number is in it, a time no longer. */
  to?: number | Date | undefined;
}

/**
 * Writes a part of the log as evidence (Ek-2 5.1–5.2) into an empty folder. It goes on to the first checkpoint after what was asked
 * for, so that all of it is anchored. That it was written is an entry itself.
 * @throws KopruError `not-found` if nothing was logged then, `folder-unusable`
 */
export async function bundleAudit(broker: Broker, folder: string, part: Part, by: Operator): Promise<Bundle> {
  const { db, anchor } = broker;
  const there = await readdir(folder).catch(() => []);
  if (there.length > 0) throw unusable(folder, 'it is not empty');
  const { from, to } = await numbersOf(broker, part);
  await broker.audit.append(operation({ at: broker.clock(), by, command: 'audit bundle', detail: { from, to } }));
  await checkpointAudit(broker);
  // Evidence does not wait for another party: without its timestamp the checkpoint still stands.
  await timestampNewest(broker).catch(() => undefined);
  const { checkpoints, keys } = await allAnchors(db.pool, anchor.folder);
  const timestamps = await timestampsIn(anchor.folder);
  const anchoredAt = Math.min(...checkpoints.map(({ seq }) => seq).filter((seq) => seq >= to));
  const range = { from, to: Number.isFinite(anchoredAt) ? anchoredAt : to };
  try {
    return await writeBundle(db.pool, folder, range, { checkpoints, timestamps, keys, script: anchor.script });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code?.startsWith('E') ? unusable(folder, code, error) : error;
  }
}

async function numbersOf({ db }: Broker, { from, to }: Part): Promise<{ from: number; to: number }> {
  const time = (end: Part['from']) => (end instanceof Date ? end : undefined);
  const found = await entriesOf(db.pool, time(from), time(to));
  const range = {
    from: typeof from === 'number' ? from : (found?.from ?? 1),
    to: Math.min(typeof to === 'number' ? to : (found?.to ?? 0), await lastNumber(db.pool)),
  };
  if (range.from >= 1 && range.from <= range.to) return range;
  throw new KopruError('not-found', 'The audit log has no such entries.', { hint: 'kopru audit list shows the newest ones.' });
}

function unusable(folder: string, why: string, cause?: unknown): KopruError {
  return new KopruError('folder-unusable', `The bundle cannot be written to ${folder} (${why}).`, {
    hint: 'Name a folder that is new or empty.',
    cause,
  });
}

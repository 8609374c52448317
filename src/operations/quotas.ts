import { type QuotaStanding, quotaStanding } from '../access/quotas/standing';
import { deleteCharges, settleAbandoned } from '../access/quotas/store';
import { type Mode, modes } from '../agreements/language';
import { operation } from '../audit/entry';
import { appendWithin } from '../audit/log';
import { istanbulDate } from '../core/dates';
import { KopruError } from '../core/errors';
import type { Database } from '../infra/db';
import type { Broker, Operator } from './broker';

/** How long the ledger keeps what it counted. */
const ledgerDays = 31;

type Deps = Pick<Broker, 'agreement' | 'db' | 'clock'>;
type Transaction = Parameters<Parameters<Database['prisma']['$transaction']>[0]>[0];

/** Whose uses of what a limit counts. */
export interface LimitPlace {
  dataset: string;
  /** The limited party. */
  party: string;
  /** instant, periodic or yearly; all of them together if left out. */
  mode?: string | undefined;
  /** One unit of the party, or one person (by number): each has the limit for itself. */
  unit?: string | undefined;
  person?: number | undefined;
}

/** On whose authority a limit is set or lifted, and by which paper. */
export interface LimitAuthority {
  /** The party that owns the dataset. */
  setBy: string;
  /** The reference of the paper. */
  document: string;
}

/** How many a day of Europe/Istanbul; what is left out is not limited. */
export interface LimitSize {
  queries?: number | undefined;
  records?: number | undefined;
}

/** An open limit and today's use of it: a standing for queries, one for records, or both. */
export interface LimitView {
  id: number;
  dataset: string;
  party: string;
  mode: Mode | null;
  unit: string | null;
  person: number | null;
  setBy: string;
  document: string;
  at: Date;
  standings: QuotaStanding[];
}

/**
 * Sets a daily limit, or changes the one that is there: the old one is closed and stays in the history (V.Ç.7). What was used earlier
 * today counts. Policy: an owner's reading of its own data is not limited.
 * @throws KopruError `not-found` for dataset or party, `quota-foreign` for who may not, `usage` for what is no limit
 */
export async function setLimit(deps: Deps, wish: LimitPlace & LimitSize & LimitAuthority, by: Operator): Promise<LimitView> {
  const place = checkedPlace(deps, wish);
  const { setBy, document, queries = null, records = null } = wish;
  if (queries === null && records === null) throw wrong('A limit says how many queries or records a day it allows.');
  for (const most of [queries, records])
    if (most !== null && !(Number.isInteger(most) && most >= 0 && most <= 2_147_483_647))
      throw wrong('A limit is a whole number, from 0 on.');
  const at = deps.clock();
  const id = await changing(deps, async (tx) => {
    await tx.quotaLimit.updateMany({ where: { ...place, liftedAt: null }, data: { liftedAt: at } });
    const limit = await tx.quotaLimit.create({ data: { ...place, queries, records, setBy, document, at } });
    await appendWithin(tx, operation({ at, by, command: 'quota set', detail: { ...place, queries, records, setBy, document } }));
    return limit.id;
  });
  return (await listLimits(deps, place)).find((limit) => limit.id === id) as LimitView;
}

/**
 * Lifts a limit; it stays in the history (V.Ç.7).
 * @throws KopruError as `setLimit`; `not-found` also where there is no such limit
 */
export async function liftLimit(deps: Deps, wish: LimitPlace & LimitAuthority, by: Operator): Promise<void> {
  const place = checkedPlace(deps, wish);
  const { setBy, document } = wish;
  const at = deps.clock();
  await changing(deps, async (tx) => {
    const { count } = await tx.quotaLimit.updateMany({ where: { ...place, liftedAt: null }, data: { liftedAt: at } });
    if (count === 0) throw new KopruError('not-found', 'There is no such limit.', { hint: 'kopru quota list shows those that there are.' });
    await appendWithin(tx, operation({ at, by, command: 'quota lift', detail: { ...place, setBy, document } }));
  });
}

/**
 * Ends reservations of a day and longer ago that their processes left open, as used, and deletes what the ledger no longer needs: it
 * tells retries of one day, and the audit log keeps who read what (policy).
 */
export async function tidyQuotas({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<void> {
  const ago = (days: number) => new Date(clock().getTime() - days * 24 * 3_600_000);
  await settleAbandoned(db, ago(1));
  await deleteCharges(db, istanbulDate(ago(ledgerDays)));
}

/** The open limits with today's use. */
export async function listLimits(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  only: { party?: string | undefined; dataset?: string | undefined } = {},
): Promise<LimitView[]> {
  const at = clock();
  const { rows } = await db.pool.query<LimitRow>(
    `select l.id, l.dataset, l.party, l.mode, l.unit, l.person, l.queries, l.records, l.set_by as "setBy", l.document, l.at,
            coalesce(sum(u.queries), 0)::float8 as "usedQueries", coalesce(sum(u.records), 0)::float8 as "usedRecords"
       from quota_limit l
       left join quota_use u on u.day = $1 and u.dataset = l.dataset and u.party = l.party and u.mode = coalesce(l.mode, u.mode)
                            and u.holder = coalesce(l.person::text, l.unit, '')
                            and u.scope = case when l.person is not null then 'person' when l.unit is not null then 'unit' else 'party' end
      where l.lifted_at is null and l.party = coalesce($2, l.party) and l.dataset = coalesce($3, l.dataset)
      group by l.id order by l.dataset, l.party, l.unit nulls first, l.person nulls first, l.mode nulls first`,
    [istanbulDate(at), only.party, only.dataset],
  );
  return rows.map(({ queries, records, usedQueries, usedRecords, ...limit }) => {
    const scope = limit.person !== null ? 'person' : limit.unit !== null ? 'unit' : 'party';
    const whose = { scope, ...(limit.mode ? { mode: limit.mode } : {}) } as const;
    const standings = [
      ...(queries === null ? [] : [quotaStanding({ ...whose, what: 'queries', limit: queries, used: usedQueries }, at)]),
      ...(records === null ? [] : [quotaStanding({ ...whose, what: 'records', limit: records, used: usedRecords }, at)]),
    ];
    return { ...limit, standings };
  });
}

/**
 * What somebody may know of limits: those that bind the own party, unit or person, and those that the party set as an owner; of
 * colleagues’ own limits and what they used, nothing (policy).
 */
export async function limitsFor(
  deps: Pick<Deps, 'db' | 'clock'>,
  { id, party, unit }: { id: number; party: string; unit: string },
): Promise<LimitView[]> {
  const binds = (limit: LimitView) =>
    limit.party === party && (limit.unit === null || limit.unit === unit) && (limit.person === null || limit.person === id);
  return (await listLimits(deps)).filter((limit) => limit.setBy === party || binds(limit));
}

type LimitRow = Omit<LimitView, 'standings'> & Record<'queries' | 'records', number | null> & Record<'usedQueries' | 'usedRecords', number>;

/** The place as it is stored, if this party may limit there. */
function checkedPlace({ agreement }: Deps, wish: LimitPlace & LimitAuthority) {
  const { dataset: id, party, mode = null, unit = null, person = null, setBy, document } = wish;
  const dataset = Object.hasOwn(agreement.datasets, id) ? agreement.datasets[id] : undefined;
  if (!dataset) throw notFound(agreement.id, 'dataset', Object.keys(agreement.datasets));
  if (!Object.hasOwn(agreement.parties, party)) throw notFound(agreement.id, 'party', Object.keys(agreement.parties));
  if (dataset.owner !== setBy)
    throw new KopruError('quota-foreign', 'The named party does not own this dataset, so it sets and lifts no limit there.', {
      hint: `Its owner is ${dataset.owner}.`,
    });
  if (dataset.owner === party)
    throw new KopruError('quota-foreign', 'A party’s reading of its own data is not limited.', {
      hint: 'Name another party as the limited one.',
    });
  if (mode !== null && !isMode(mode)) throw wrong('There is no such mode.', `Modes: ${modes.join(', ')}.`);
  if (unit !== null && person !== null) throw wrong('A limit is for a unit or for a person, not for both.');
  if (unit?.trim() === '') throw wrong('The unit has no name.');
  if (document.trim() === '') throw wrong('The reference of the paper is missing.');
  return { dataset: id, party, mode, unit, person };
}

const isMode = (text: string): text is Mode => modes.some((mode) => mode === text);

const wrong = (message: string, hint?: string) => new KopruError('usage', message, hint ? { hint } : {});

function notFound(agreement: string, what: string, known: string[]): KopruError {
  return new KopruError('not-found', `The agreement ${agreement} has no such ${what}.`, { hint: `It has: ${known.join(', ')}.` });
}

/** Changes limits one command at a time; readers go on. No lock of the table: that takes a right to change all of it. */
function changing<T>({ db }: Deps, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return db.prisma.$transaction(async (tx) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(71009, 0)`;
    return work(tx);
  });
}

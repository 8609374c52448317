import { decide, type Reach, type Refusal, type Request } from '../../access/decide';
import { whoOfPerson } from '../../access/who';
import { operation } from '../../audit/entry';
import { appendWithin } from '../../audit/log';
import { addDays, type IsoDate, istanbulDate } from '../../core/dates';
import { KopruError } from '../../core/errors';
import type { Broker, Operator } from '../broker';

/** A person's own grant as people see it; days of Europe/Istanbul, both included. */
export interface GrantView {
  id: number;
  person: number;
  dataset: string;
  from: IsoDate;
  until: IsoDate;
  /** When it is to be looked at again (Board decision 2018/10; policy). */
  reviewOn: IsoDate;
  document: string;
  grantedBy: string;
  revokedAt: Date | null;
  standing: 'in force' | 'review due' | 'ended' | 'revoked' | 'not yet';
}

type Deps = Pick<Broker, 'db' | 'agreement' | 'clock'>;

/** Own grants, oldest first: of one person or of all; with `due` those in force whose review is due. */
export async function listGrants(
  { db, clock }: Deps,
  asked: { person?: number | undefined; due?: boolean | undefined } = {},
): Promise<GrantView[]> {
  const rows = await db.prisma.personGrant.findMany({
    where: asked.person === undefined ? {} : { personId: asked.person },
    orderBy: { id: 'asc' },
  });
  const today = istanbulDate(clock());
  return rows.map((row) => view(row, today)).filter((grant) => !asked.due || grant.standing === 'review due');
}

/**
 * Lets a person read a dataset that needs a grant of their own, until a day.
 * @throws KopruError `not-found` for the person, `request-invalid` for the dataset or the days
 */
export async function grantPerson(
  deps: Deps,
  {
    person,
    dataset,
    from,
    until,
    document,
  }: { person: number; dataset: string; from?: IsoDate | undefined; until: IsoDate; document: string },
  by: Operator,
): Promise<GrantView> {
  const { agreement, db, clock } = deps;
  const perPerson = Object.hasOwn(agreement.datasets, dataset) ? agreement.datasets[dataset]?.perPerson : undefined;
  if (!perPerson)
    throw new KopruError('request-invalid', 'This is no dataset that needs a grant of a person’s own.', {
      hint: `Those do: ${
        Object.entries(agreement.datasets)
          .flatMap(([id, d]) => (d.perPerson ? [id] : []))
          .join(', ') || 'none'
      }.`,
    });
  const at = clock();
  const today = istanbulDate(at);
  const begins = from ?? today;
  if (until < begins || until < today)
    throw new KopruError('request-invalid', 'The grant would end before it begins, or has ended already.');
  if (!(await whoOfPerson(db, person, today)))
    throw new KopruError('not-found', `There is no person ${person}.`, { hint: 'See kopru personnel list.' });
  const reviewOn = earlier(addDays(begins, perPerson.reviewDays), until);
  return db.prisma.$transaction(async (tx) => {
    const row = await tx.personGrant.create({
      data: {
        personId: person,
        dataset,
        from: new Date(begins),
        until: new Date(until),
        reviewOn: new Date(reviewOn),
        document,
        grantedBy: by,
        grantedAt: at,
      },
    });
    await appendWithin(
      tx,
      operation({ at, by, command: 'access grant', detail: { grant: row.id, person, dataset, from: begins, until, document } }),
    );
    return view(row, today);
  });
}

/** Ends a grant, at the person's next request. @throws KopruError `not-found` */
export function revokeGrant(deps: Deps, id: number, by: Operator): Promise<GrantView> {
  return changed(deps, id, by, 'access revoke', (at) => ({ revokedBy: by, revokedAt: at }));
}

/** Notes that a grant was looked at and stays; it is looked at again after the agreement's days. @throws KopruError `not-found` */
export function reviewGrant(deps: Deps, id: number, by: Operator): Promise<GrantView> {
  const { agreement } = deps;
  return changed(deps, id, by, 'access review', (at, { dataset, until }) => {
    const next = addDays(istanbulDate(at), agreement.datasets[dataset]?.perPerson?.reviewDays ?? 0);
    return { reviewOn: new Date(earlier(next, until)) };
  });
}

/** What can be asked about before it is done. */
export const explained = ['records', 'record', 'changes', 'export', 'lookup', 'snapshots', 'runs', 'datasets'] as const;

/**
 * What the one decision says of a request that nobody made, as things stand now; no quota is asked. It comes with the party's
 * certificate unless it is said otherwise.
 * @throws KopruError `not-found` for the person
 */
export async function explainAccess(
  { db, agreement, clock, state }: Pick<Broker, 'db' | 'agreement' | 'clock' | 'state'>,
  { person, ...asked }: { person: number } & Omit<Request, 'today' | 'exhausted' | 'certificate'> & Partial<Pick<Request, 'certificate'>>,
): Promise<Reach | Refusal> {
  const today = istanbulDate(clock());
  const who = await whoOfPerson(db, person, today);
  if (!who) throw new KopruError('not-found', `There is no person ${person}.`, { hint: 'See kopru personnel list.' });
  const mode = asked.action === 'lookup' ? { mode: 'instant' as const } : {};
  return decide(agreement, await state(), who, { ...mode, certificate: 'own', ...asked, today });
}

/** Which datasets a person could read records of now, each with a purpose for which. @throws KopruError `not-found` */
export async function readable(
  { broker }: { broker: Pick<Broker, 'db' | 'agreement' | 'clock' | 'state'> },
  person: number,
): Promise<{ party: string; datasets: { id: string; purpose: string }[] }> {
  const { agreement, db, clock } = broker;
  const today = istanbulDate(clock());
  const who = await whoOfPerson(db, person, today);
  if (!who) throw new KopruError('not-found', `There is no person ${person}.`, { hint: 'See kopru personnel list.' });
  const state = await broker.state();
  const request = { action: 'records', address: '127.0.0.1', certificate: 'own', today, case: '-' } as const;
  const datasets = Object.keys(agreement.datasets).flatMap((id) => {
    const purpose = Object.keys(agreement.purposes).find(
      (p) => decide(agreement, state, who, { ...request, dataset: id, purpose: p }).allow,
    );
    return purpose === undefined ? [] : [{ id, purpose }];
  });
  return { party: who.person.party, datasets };
}

async function changed(
  { db, clock }: Deps,
  id: number,
  by: Operator,
  command: string,
  change: (at: Date, grant: GrantView) => { revokedBy?: string; revokedAt?: Date; reviewOn?: Date },
): Promise<GrantView> {
  const at = clock();
  const today = istanbulDate(at);
  return db.prisma.$transaction(async (tx) => {
    const row = await tx.personGrant.findUnique({ where: { id } });
    if (!row || row.revokedAt)
      throw new KopruError('not-found', `There is no grant ${id} that is not revoked.`, { hint: 'See kopru access list.' });
    const now = await tx.personGrant.update({ where: { id }, data: change(at, view(row, today)) });
    await appendWithin(tx, operation({ at, by, command, detail: { grant: id, person: row.personId, dataset: row.dataset } }));
    return view(now, today);
  });
}

interface GrantRow {
  id: number;
  personId: number;
  dataset: string;
  from: Date;
  until: Date;
  reviewOn: Date;
  document: string;
  grantedBy: string;
  revokedAt: Date | null;
}

function view({ id, personId: person, dataset, document, grantedBy, revokedAt, ...days }: GrantRow, today: IsoDate): GrantView {
  const [from, until, reviewOn] = [days.from, days.until, days.reviewOn].map((day) => day.toISOString().slice(0, 10)) as [
    IsoDate,
    IsoDate,
    IsoDate,
  ];
  const live = reviewOn <= today ? 'review due' : 'in force';
  const standing = revokedAt ? 'revoked' : until < today ? 'ended' : from > today ? 'not yet' : live;
  return { id, person, dataset, from, until, reviewOn, document, grantedBy, revokedAt, standing };
}

function earlier(one: IsoDate, other: IsoDate): IsoDate {
  return [one, other].sort()[0] as IsoDate;
}

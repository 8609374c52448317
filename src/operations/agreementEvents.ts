import { type ConsentPlace, consentState } from '../agreements/consents';
import { type AgreementEvent, agreementEvent, eventTypes } from '../agreements/events';
import type { Agreement } from '../agreements/language';
import { type AgreementState, agreementState } from '../agreements/life';
import { issueSentence } from '../agreements/load';
import { operation } from '../audit/entry';
import { appendWithin } from '../audit/log';
import type { Clock } from '../core/clock';
import { type IsoDate, istanbulDate } from '../core/dates';
import { KopruError } from '../core/errors';
import type { Database } from '../infra/db';
import type { Operator } from './broker';

interface EventDeps {
  db: Database;
  agreement: Agreement;
  clock: Clock;
}

/** The agreement's recorded events, in the order in which they take effect. */
export async function agreementEvents({ db, agreement }: Pick<EventDeps, 'db' | 'agreement'>): Promise<AgreementEvent[]> {
  const { rows } = await db.pool.query('select event from agreement_event where agreement_id = $1 order by id', [agreement.id]);
  return inOrder(rows.map((row) => row.event));
}

function inOrder(events: readonly unknown[]): AgreementEvent[] {
  return events.map((event) => agreementEvent.parse(event)).sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0));
}

export { eventTypes };

export async function currentState(deps: EventDeps): Promise<AgreementState> {
  const now = deps.clock();
  const today = istanbulDate(now);
  // Asked at every decision, so in one statement, planned once a connection.
  const { rows } = await deps.db.reads.query<{ events: unknown[] | null; consents: ConsentRow[] | null }>({
    ...eventsAndConsents,
    values: [deps.agreement.id, today],
  });
  const { events, consents } = rows[0] as (typeof rows)[number];
  const inForce = (consents ?? []).filter(({ granted }) => consentState([{ what: 'granted', ...granted, at: now }], now, today).inForce);
  return agreementState(
    deps.agreement,
    inOrder(events ?? []),
    now,
    inForce.map(({ granted: { until, on }, ...consent }) => ({ ...consent, until, grantedOn: on })),
  );
}

/** Where the agreement stood at an instant; what was consented to, it does not tell. */
export async function lifeAt(deps: Pick<EventDeps, 'db' | 'agreement'>, at: Date): Promise<AgreementState> {
  return agreementState(deps.agreement, await agreementEvents(deps), at);
}

interface ConsentRow extends ConsentPlace {
  number: number;
  granted: { from: IsoDate; until: IsoDate; on: IsoDate };
}

const eventsAndConsents = {
  name: 'events-and-consents',
  text: `select (select json_agg(event order by id) from agreement_event where agreement_id = $1) as events,
    (select json_agg(json_build_object('number', c.id, 'owner', c.owner, 'beneficiary', c.beneficiary, 'dataset', c.dataset, 'statistic', c.statistic,
              'granted', json_build_object('from', d.from_date, 'until', d.until_date, 'on', (d.at at time zone 'Europe/Istanbul')::date)) order by c.id)
       from consent c join consent_decision d on d.consent_id = c.id and d.what = 'granted'
      where c.agreement_id = $1 and d.until_date >= $2::date
        and not exists (select from consent_decision w where w.consent_id = c.id and w.what = 'withdrawn')) as consents`,
};

/**
 * Records an event of the agreement's life (VII, VII (2) 2.2). What is recorded stays.
 * @throws KopruError `request-invalid` naming every mistake
 */
export async function recordEvent(deps: EventDeps, input: unknown, by: Operator, demo?: boolean): Promise<AgreementState> {
  const parsed = agreementEvent.safeParse(input);
  if (!parsed.success) throw refused(parsed.error.issues.map(issueSentence));
  const problems = eventProblems(deps.agreement, parsed.data);
  if (problems.length > 0) throw refused(problems);
  const { data: event } = parsed;
  const row = { agreementId: deps.agreement.id, event, demo: demo ?? (await isDemoDatabase(deps.db)), recordedBy: by };
  await deps.db.prisma.$transaction(async (tx) => {
    await tx.agreementEvent.create({ data: row });
    await appendWithin(tx, operation({ at: deps.clock(), by, command: 'agreement record', detail: event }));
  });
  return currentState(deps);
}

export async function isDemoDatabase(db: Database): Promise<boolean> {
  return (await db.prisma.agreementEvent.count({ where: { demo: true } })) > 0;
}

export async function hasRealEvents(db: Database): Promise<boolean> {
  return (await db.prisma.agreementEvent.count({ where: { demo: false } })) > 0;
}

/** Made-up people are not pulled beside real papers. */
export function realDatabase(): KopruError {
  return new KopruError('demo-database', 'This database holds real events, so the stand-ins’ made-up people are not pulled into it.', {
    hint: 'Set SOURCES_FILE to the real sources, or DATA_FOLDER or DATABASE_URL to a place for a demo.',
  });
}

export function demoDatabase(): KopruError {
  return new KopruError('demo-database', 'This database holds the demo’s sample events, so it is not used with real sources.', {
    hint: 'Set DATA_FOLDER or DATABASE_URL to a new place and record the real events there.',
  });
}

function eventProblems(agreement: Agreement, event: AgreementEvent): string[] {
  const problems: string[] = [];
  const parties = 'agreedBy' in event ? event.agreedBy : 'by' in event ? [event.by] : [];
  for (const party of parties)
    if (!Object.hasOwn(agreement.parties, party))
      problems.push(`there is no party "${party}"; parties: ${Object.keys(agreement.parties).join(', ')}`);
  if (event.type === 'annex' && !agreement.annexes.some((a) => a.id === event.annex)) {
    problems.push(`annex: there is no annex "${event.annex}"; annexes: ${agreement.annexes.map((a) => a.id).join(', ')}`);
  }
  if (event.type === 'supplement') {
    for (const [id, fields] of Object.entries(event.grants)) {
      const grant = Object.hasOwn(agreement.grants, id) ? agreement.grants[id] : undefined;
      if (!grant) problems.push(`grants: there is no grant "${id}"`);
      else for (const field of fields) if (!grant.fields.includes(field)) problems.push(`grants.${id}: the grant has no field "${field}"`);
    }
  }
  return problems;
}

function refused(problems: string[]): KopruError {
  return new KopruError('request-invalid', `The event was not recorded: ${problems.join('; ')}.`, {
    hint: 'See kopru agreement record --help for the shape of each event.',
  });
}

import type { Agreement } from '../../agreements/language';
import { type AuditEntry, operation } from '../../audit/entry';
import { lastNumber } from '../../audit/read';
import { istanbulDate } from '../../core/dates';
import type { Operator } from '../broker';
import { type CountedDay, countEntries, dayColumns, earlierDays, forgetOld, readIn } from './counted';
import { beyondHabit, habitOf, type Reading, type Reason } from './habit';
import type { IncidentBroker } from './register';
import { lockIncident, logAll, type Within, writeEvent } from './store';

/** Where in the log the look is, in `installation`. */
const place = 'harvestedTo';
/** So many entries are counted in one transaction, and so many such in one look. */
const mostEntries = 5_000;
const mostSteps = 10;
const patience = { maxWait: 10_000, timeout: 120_000 };

/** What a look found. */
export interface Watched {
  /** Up to which entry of the log all is counted. */
  to: number;
  /** The incidents that were opened. */
  opened: number[];
  /** Whether there was more than one look takes. */
  more: boolean;
}

/**
 * Counts what people read since the last look, and opens an incident for review where somebody read far beyond their own habit or swept
 * ids (policy). Nobody is decided about and nothing is blocked. Bounded; cheap where nothing is new; of several processes one counts.
 */
export async function watchReading(broker: IncidentBroker, by: Operator = 'schedule'): Promise<Watched> {
  const { db } = broker;
  const opened: number[] = [];
  let to = await placeOf(broker);
  for (let steps = 0; steps < mostSteps; steps += 1) {
    if ((await lastNumber(db.pool)) <= to) return { to, opened, more: false };
    const done = await db.prisma.$transaction((tx) => step(broker, tx, by), patience);
    // Another process is at it.
    if (!done) return { to, opened, more: false };
    opened.push(...done.opened);
    to = done.to;
  }
  return { to, opened, more: (await lastNumber(db.pool)) > to };
}

async function placeOf({ db }: IncidentBroker): Promise<number> {
  return Number((await db.prisma.installation.findUnique({ where: { key: place } }))?.value ?? 0);
}

async function step(broker: IncidentBroker, tx: Within, by: Operator): Promise<{ to: number; opened: number[] } | undefined> {
  const [lock] = await tx.$queryRawUnsafe<{ mine: boolean }[]>('select pg_try_advisory_xact_lock(71022, 0) as mine');
  if (!lock?.mine) return undefined;
  const after = Number((await tx.installation.findUnique({ where: { key: place } }))?.value ?? 0);
  const [{ to } = { to: after }] = await tx.$queryRawUnsafe<{ to: number }[]>(
    'select coalesce(max(seq), $1)::float8 as to from audit_entry where seq > $1 and seq <= $1 + $2',
    ...[after, mostEntries],
  );
  const days = await countEntries(tx, after, to);
  const entries: AuditEntry[] = [];
  const opened: number[] = [];
  for (const day of days) {
    const found = await judge(broker, tx, day, by);
    if (!found) continue;
    opened.push(found.id);
    entries.push(found.entry);
  }
  entries.push(...(await completeEnded(broker, tx, by)));
  await forgetOld(tx, to);
  await tx.installation.upsert({ where: { key: place }, create: { key: place, value: to }, update: { value: to } });
  await logAll(tx, entries);
  return { to, opened };
}

const countsOf = ({ single, bulk, asked, notFound }: Reading): Reading => ({ single, bulk, asked, notFound });

async function judge(
  { agreement, clock }: IncidentBroker,
  tx: Within,
  day: CountedDay,
  by: Operator,
): Promise<{ id: number; entry: AuditEntry } | undefined> {
  const rule: Agreement['thresholds']['harvest'] = agreement.thresholds.harvest;
  // Below the least of everything no habit needs to be known.
  if (beyondHabit(day, [], rule).length === 0) return undefined;
  const earlier = await earlierDays(tx, day, rule.days);
  const reasons = beyondHabit(day, earlier, rule);
  if (reasons.length === 0) return undefined;
  const at = clock();
  const data = await readIn(tx, day);
  const [made] = await tx.$queryRawUnsafe<{ id: number }[]>(
    `insert into incident (kind, party, aware_at, data, person, day, at, by) values ('harvesting', $1, $2, $3::jsonb, $4::int, $5::date, $2, $6)
     on conflict (person, day) do nothing returning id`,
    ...[day.party, at, JSON.stringify(data), day.person, day.day, by],
  );
  if (!made) return undefined;
  const detail = { counts: countsOf(day), habit: habitOf(earlier), reasons };
  const slice = await sliceOf(tx, day);
  await writeEvent(tx, { incident: made.id, kind: 'opened', happenedAt: at, text: sentence(reasons), detail, slice, at, by });
  const told = { incident: made.id, kind: 'harvesting', party: day.party, person: day.person, day: day.day, ...detail };
  return { id: made.id, entry: operation({ at, by, command: 'incident open', detail: told }) };
}

const sentences: Readonly<Record<Reason, string>> = {
  single: 'tek tek alınan kayıtlar',
  bulk: 'toplu alınan kayıtlar',
  asked: 'sorgulanan farklı numaralar',
  sweep: 'numara taraması',
};

const sentence = (reasons: readonly Reason[]) =>
  `Bir görevlinin olağan kullanımının çok üstünde okuma; inceleme için açıldı (${reasons.map((reason) => sentences[reason]).join(', ')}).`;

/** Once a day is over, what was read after its incident was opened is noted, with the whole of it in the slice. */
async function completeEnded({ clock }: IncidentBroker, tx: Within, by: Operator): Promise<AuditEntry[]> {
  const at = clock();
  const ended = await tx.$queryRawUnsafe<(CountedDay & { id: number })[]>(
    `select i.id, ${dayColumns}
       from incident i join harvest_day d on d.person = i.person and d.day = i.day
      where i.kind = 'harvesting' and i.day < $1::date
        and not exists (select from incident_event e where e.incident = i.id and (e.kind in ('closed', 'dismissed') or e.to_seq >= d.last_seq))`,
    istanbulDate(at),
  );
  const entries: AuditEntry[] = [];
  for (const { id, ...day } of ended) {
    await lockIncident(tx, id);
    const detail = { counts: countsOf(day) };
    const text = 'Günün sonundaki sayılar ve günün bütün girişleri.';
    await writeEvent(tx, { incident: id, kind: 'noted', happenedAt: at, text, detail, slice: await sliceOf(tx, day), at, by });
    entries.push(operation({ at, by, command: 'incident noted', detail: { incident: id, ...detail } }));
  }
  return entries;
}

async function sliceOf(tx: Within, { firstSeq, lastSeq }: CountedDay) {
  const [row] = await tx.$queryRawUnsafe<{ hash: Uint8Array }[]>('select hash from audit_entry where seq = $1', lastSeq);
  return row && { from: firstSeq, to: lastSeq, hash: Buffer.from(row.hash) };
}

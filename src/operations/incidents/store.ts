import type { Agreement } from '../../agreements/language';
import type { AuditEntry } from '../../audit/entry';
import { appendWithin } from '../../audit/log';
import type { Database } from '../../infra/db';
import { concernOf } from '../audit';
import type { EntryData } from '../registers/entries';
import type { EventDetail, EventKind, Incident, IncidentEvent, IncidentKind } from './kinds';

/** A transaction of Prisma. */
export type Within = Parameters<Parameters<Database['prisma']['$transaction']>[0]>[0];

/** Which incidents are asked for, newest first. */
export interface IncidentFilter {
  /** Of whose concern; all of them if left out. */
  party?: string | undefined;
  open?: boolean | undefined;
  id?: number | undefined;
  before?: number | undefined;
  limit: number;
}

/** Incidents with all their events. */
export async function findIncidents(
  { db, agreement }: { db: Pick<Database, 'pool'>; agreement: Agreement },
  { party, open = false, id, before, limit }: IncidentFilter,
): Promise<Incident[]> {
  const concern = party === undefined ? undefined : concernOf(agreement, party);
  const { rows } = await db.pool.query(
    `select id, kind, party, owner, aware_at, data, person, day::text, at from incident i
      where ($1::text is null or party = $1 or data ?| $2::text[]) and id = coalesce($3, id) and id < coalesce($4, 2147483647)
        and not ($5 and exists (select from incident_event e where e.incident = i.id and e.kind in ('closed', 'dismissed')))
      order by id desc limit $6`,
    [concern?.party, concern?.datasets ?? [], id, before, open, limit],
  );
  const events = await eventsOf(
    db,
    rows.map((row) => row.id),
  );
  return rows.map(({ aware_at: awareAt, at: recordedAt, ...row }) => ({
    ...(row as {
      id: number;
      kind: IncidentKind;
      party: string;
      owner: string | null;
      data: EntryData;
      person: number | null;
      day: string | null;
    }),
    awareAt,
    recordedAt,
    events: events.get(row.id) ?? [],
  }));
}

async function eventsOf(db: Pick<Database, 'pool'>, incidents: readonly number[]): Promise<Map<number, IncidentEvent[]>> {
  const { rows } = await db.pool.query(
    `select incident, kind, happened_at, text, document, detail, from_seq, to_seq, to_hash, at, by from incident_event
      where incident = any($1) order by id`,
    [incidents],
  );
  const found = new Map<number, IncidentEvent[]>();
  for (const { incident, kind, text, document, detail, by, ...row } of rows) {
    const slice = row.to_hash && { from: Number(row.from_seq), to: Number(row.to_seq), hash: row.to_hash.toString('hex') };
    const event = { kind, happenedAt: row.happened_at, text, document, detail, slice, recordedAt: row.at, by };
    found.set(incident, [...(found.get(incident) ?? []), event]);
  }
  return found;
}

/** What is written of an event. */
export interface EventRow {
  incident: number;
  kind: EventKind;
  happenedAt: Date;
  text?: string | undefined;
  document?: string | undefined;
  detail: EventDetail;
  slice?: { from: number; to: number; hash: Buffer } | undefined;
  at: Date;
  by: string;
}

export async function writeEvent(tx: Within, { slice, text, document, detail, ...row }: EventRow): Promise<void> {
  const fixed = slice ? { fromSeq: slice.from, toSeq: slice.to, toHash: new Uint8Array(slice.hash) } : {};
  // What is not said is left out: JSON has no undefined.
  const said = JSON.parse(JSON.stringify(detail));
  await tx.incidentEvent.create({ data: { ...row, ...fixed, text: text ?? null, document: document ?? null, detail: said } });
}

/** Nobody else adds to an incident until the transaction ends. */
export async function lockIncident(tx: Within, id: number): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock(71021, ${id}::int)`;
}

export async function logAll(tx: Within, entries: readonly AuditEntry[]): Promise<void> {
  for (const entry of entries) await appendWithin(tx, entry);
}

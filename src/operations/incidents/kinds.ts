import type { EntryData } from '../registers/entries';

/** A breach (Ek-2 3.3), a compelled disclosure (Ek-2 4.1.3, 4.2), reading that is to be looked at (policy). */
export const incidentKinds = ['breach', 'compelled', 'harvesting'] as const;
export type IncidentKind = (typeof incidentKinds)[number];

/** Those that people open; the others the broker opens. */
export const openedKinds = ['breach', 'compelled'] as const satisfies readonly IncidentKind[];

export const eventKinds = [
  'opened',
  'noted',
  'owner-notified',
  'authority-notified',
  'prior-notice',
  'disclosed',
  'scope-notified',
  'closed',
  'dismissed',
] as const;
export type EventKind = (typeof eventKinds)[number];

/** Events that end an incident. */
export const ends: readonly EventKind[] = ['closed', 'dismissed'];

/** A part of the audit log, and what fixes it: the hash of its last entry, hex. */
export interface Slice {
  from: number;
  to: number;
  hash: string;
}

/** What an event says beside its text; of people only how many. */
export interface EventDetail {
  /** How many people it is about, as far as known. */
  people?: number | undefined;
  measures?: string | undefined;
  contact?: string | undefined;
  /** Of a compelled disclosure: who asks, and by which law or decision. */
  receiver?: string | undefined;
  ground?: string | undefined;
  /** What was disclosed: by dataset, names of fields. */
  data?: EntryData | undefined;
  /** Of harvesting: what was counted, the person's habit, and what is beyond it. */
  counts?: object | undefined;
  habit?: object | undefined;
  reasons?: readonly string[] | undefined;
}

export interface IncidentEvent {
  kind: EventKind;
  happenedAt: Date;
  text: string | null;
  document: string | null;
  detail: EventDetail;
  slice: Slice | null;
  recordedAt: Date;
  by: string;
}

export interface Incident {
  id: number;
  kind: IncidentKind;
  /** Where it happened: the party that has the duties, or whose person read. */
  party: string;
  /** Whose data it is; null of harvesting. */
  owner: string | null;
  awareAt: Date;
  data: EntryData;
  /** Of harvesting: the number of whose reading it is, and the day in Europe/Istanbul. */
  person: number | null;
  day: string | null;
  recordedAt: Date;
  events: readonly IncidentEvent[];
}

export const eventOf = ({ events }: Pick<Incident, 'events'>, kind: EventKind) => events.find((one) => one.kind === kind);

export function statusOf({ events }: Pick<Incident, 'events'>): 'open' | 'closed' | 'dismissed' {
  const end = events.find(({ kind }) => ends.includes(kind))?.kind;
  return end === 'closed' || end === 'dismissed' ? end : 'open';
}

/** What the events say by now: of each member the latest. */
export function saidOf({ events }: Pick<Incident, 'events'>): EventDetail & { slice: Slice | null } {
  const slice = events.findLast((event) => event.slice !== null)?.slice ?? null;
  return { ...Object.assign({}, ...events.map(({ detail }) => detail)), slice };
}

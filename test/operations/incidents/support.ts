import type { Incident, IncidentEvent } from '../../../src/operations/incidents/kinds';

export const awareAt = new Date('2026-11-22T09:00:00Z');
export const hoursLater = (hours: number) => new Date(awareAt.getTime() + hours * 3_600_000);

/** An event so many hours after awareness. */
export function event(kind: IncidentEvent['kind'], hours: number, more: Partial<IncidentEvent> = {}): IncidentEvent {
  const happenedAt = hoursLater(hours);
  return { kind, happenedAt, text: null, document: 'E-1', detail: {}, slice: null, recordedAt: happenedAt, by: 'test', ...more };
}

/** An incident at ÇGM about İŞKUR’s data, with these events after its opening. */
export function incident(kind: Incident['kind'], events: IncidentEvent[] = [], changes: Partial<Incident> = {}): Incident {
  return {
    id: 3,
    kind,
    party: 'cgm',
    owner: kind === 'harvesting' ? null : 'iskur',
    awareAt,
    data: { 'iskur.agents': ['fullName', 'phone'] },
    person: null,
    day: null,
    recordedAt: awareAt,
    events: [event('opened', 0, { text: 'Bir dosya yanlış kuruma gönderildi' }), ...events],
    ...changes,
  };
}

import { KopruError } from '../../core/errors';
import { type EventKind, eventOf, type Incident, statusOf } from './kinds';

/** Which events an incident of a kind can have, beside its opening. */
const possible: Readonly<Record<Incident['kind'], readonly EventKind[]>> = {
  breach: ['noted', 'owner-notified', 'authority-notified', 'closed', 'dismissed'],
  compelled: ['noted', 'prior-notice', 'disclosed', 'scope-notified', 'closed', 'dismissed'],
  harvesting: ['noted', 'closed', 'dismissed'],
};

/** What must have happened before, and no later than it (Ek-2 4.2). */
const needs: Partial<Record<EventKind, EventKind>> = { disclosed: 'prior-notice', 'scope-notified': 'disclosed' };

/** What must have happened before an incident is closed. */
const duties: Readonly<Record<Incident['kind'], readonly EventKind[]>> = {
  breach: ['owner-notified', 'authority-notified'],
  compelled: ['prior-notice', 'disclosed', 'scope-notified'],
  harvesting: [],
};

/** Whether the party has to tell the owner: of its own data there is nobody to tell. */
export const tellsOwner = ({ owner, party }: Pick<Incident, 'owner' | 'party'>) => owner !== null && owner !== party;

/**
 * Refuses an event that does not come now. Pure.
 * @throws KopruError `request-invalid` for one that incidents of this kind do not have, `state-conflict` for one out of its order
 */
export function refuseOutOfOrder(incident: Incident, kind: EventKind, happenedAt: Date): void {
  const { id } = incident;
  if (!possible[incident.kind].includes(kind) || (kind === 'owner-notified' && !tellsOwner(incident)))
    throw new KopruError('request-invalid', `An incident of this kind has no event ${kind}.`, {
      hint: `Events of ${incident.kind}: ${possible[incident.kind].join(', ')}.`,
    });
  const conflict = (why: string, hint?: string) => new KopruError('state-conflict', why, hint === undefined ? {} : { hint });
  if (statusOf(incident) !== 'open') throw conflict(`The incident ${id} has ended.`, 'What becomes known later is a new one.');
  if (kind !== 'noted' && eventOf(incident, kind)) throw conflict(`Of the incident ${id} this is recorded already.`, 'Add a note.');
  const before = needs[kind];
  const earlier = before && eventOf(incident, before);
  if (before && !(earlier && earlier.happenedAt <= happenedAt))
    throw conflict(`Of the incident ${id} ${kind} comes only after ${before} (Ek-2 4.2).`, `Record ${before} first.`);
  if (kind === 'dismissed' && eventOf(incident, 'disclosed'))
    throw conflict(`By the incident ${id} data was disclosed, so it is no longer dismissed.`, 'Tell the owner its scope, and close it.');
  if (kind === 'closed') refuseUnfinished(incident);
}

function refuseUnfinished(incident: Incident): void {
  const left = duties[incident.kind].filter((kind) => !eventOf(incident, kind) && (kind !== 'owner-notified' || tellsOwner(incident)));
  if (left.length === 0) return;
  throw new KopruError('state-conflict', `The incident ${incident.id} is not at its end.`, {
    hint: `Still to come: ${left.join(', ')}. One that turned out to be none is dismissed.`,
  });
}

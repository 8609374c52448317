import { type Person, roleLabels, type Standing, standingOf } from '../../access/people/person';
import type { PersonalFields } from '../../access/people/sealed';
import { listPeople, openPeople, recordAcceptance, recordTraining, removePerson, type StoredPerson } from '../../access/people/store';
import { currentUndertaking, listUndertakings } from '../../access/people/undertakings';
import { operation } from '../../audit/entry';
import { appendWithin } from '../../audit/log';
import { istanbulDate } from '../../core/dates';
import { KopruError } from '../../core/errors';
import { type Acting, changingPerson, knownParty, knownPerson, type PeopleBroker, pastDay, refuseForeign, refuseSelf } from './acting';

export { roleLabels };

/** A person as operators see one; who it is, only where names were asked for. */
export type PersonnelView = Person & { standing: Standing; acceptedOn?: string; name?: string; title?: string; email?: string };

/** Authorised personnel, removed ones too, of one party or of all that the administrator may see. Showing names is logged. */
export async function listPersonnel(
  broker: PeopleBroker,
  asked: { party?: string | undefined; names?: boolean | undefined },
  acting: Acting,
): Promise<PersonnelView[]> {
  const party = asked.party === undefined ? acting.onlyParty : knownParty(broker.agreement, asked.party);
  if (party !== undefined) refuseForeign(acting, party);
  return viewsOf(broker, await listPeople(broker.db, party), { party, names: asked.names }, acting);
}

/** The same of one person. @throws KopruError `not-found`, `party-foreign` */
export async function showPerson(
  broker: PeopleBroker,
  { person: id, names }: { person: number; names?: boolean | undefined },
  acting: Acting,
): Promise<PersonnelView> {
  const person = await knownPerson(broker.db, id);
  refuseForeign(acting, person.party);
  const [view] = await viewsOf(broker, [person], { party: person.party, person: id, names }, acting);
  return view as PersonnelView;
}

async function viewsOf(
  broker: PeopleBroker,
  people: readonly StoredPerson[],
  { names: asked, ...of }: { party: string | undefined; person?: number; names: boolean | undefined },
  acting: Acting,
): Promise<PersonnelView[]> {
  const at = broker.clock();
  const undertakings = await listUndertakings(broker.db, of.party);
  const names = asked ? await namesOf(broker, people, { at, by: acting.by, ...of }) : undefined;
  const today = istanbulDate(at);
  return people.map(({ version: _, ...person }) => ({
    ...person,
    standing: standingOf(person, today, currentUndertaking(undertakings, person.party, today)),
    ...shown(names?.get(person.id)),
  }));
}

/** The national id is for nobody to see: it finds a person again, and no more. */
const shown = (fields: PersonalFields | undefined) => fields && { name: fields.name, title: fields.title, email: fields.email };

async function namesOf(
  broker: PeopleBroker,
  people: readonly StoredPerson[],
  { at, by, party, person }: { at: Date; by: string; party: string | undefined; person?: number },
) {
  const detail = { party: party ?? null, person, people: people.length };
  await appendWithin(broker.db.pool, operation({ at, by, command: 'personnel names', detail }));
  return openPeople(
    broker.db,
    broker.keys,
    people.map(({ id }) => id),
  );
}

/** Ends what a person may do, and the tokens, at once. Returns how many tokens these were. */
export async function removePersonnel(broker: PeopleBroker, id: number, document: string, acting: Acting): Promise<number> {
  refuseSelf(acting, id);
  return changingPerson(broker, acting, id, async (db, person, log) => {
    await log('personnel remove', { person: id, document });
    return removePerson(db, person, { document, at: broker.clock(), by: acting.by });
  });
}

/** Records a training (V.D.1). Returns whether that is news. */
export async function trainPersonnel(
  broker: PeopleBroker,
  id: number,
  { on, document }: { on: string; document?: string | undefined },
  acting: Acting,
): Promise<boolean> {
  refuseSelf(acting, id);
  const at = broker.clock();
  const day = pastDay(on, istanbulDate(at));
  return changingPerson(broker, acting, id, async (db, person, log) => {
    await log('personnel train', { person: id, on: day });
    return recordTraining(db, person, day, { document: document ?? `training on ${day}`, at, by: acting.by });
  });
}

/** Records that a person accepted a version of the party's undertaking (Ek-2 9). Returns whether that is news. */
export async function acceptUndertaking(
  broker: PeopleBroker,
  id: number,
  { undertaking, on, document }: { undertaking: number; on: string; document?: string | undefined },
  acting: Acting,
): Promise<boolean> {
  refuseSelf(acting, id);
  const at = broker.clock();
  const day = pastDay(on, istanbulDate(at));
  return changingPerson(broker, acting, id, async (db, person, log) => {
    const known = (await listUndertakings(db, person.party)).map(({ version }) => version);
    if (!known.includes(undertaking)) {
      throw new KopruError('not-found', `The party ${person.party} has no version ${undertaking} of the undertaking.`, {
        hint: 'kopru undertaking list shows what there is, kopru undertaking add records one.',
      });
    }
    await log('personnel accept', { person: id, undertaking, on: day });
    return recordAcceptance(db, person, undertaking, day, { document: document ?? `undertaking ${undertaking}`, at, by: acting.by });
  });
}

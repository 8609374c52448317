import type { Asker } from '../../../disclosure/door';
import type { Duty } from '../../../disclosure/duties';
import { type Acting, refuseProvince } from '../../../publication/acting';
import type { ApiDeps } from '../server';
import { deed } from './deeds';

/** Does a duty as the asker: admitted and logged first; what is refused for what it was about is logged, too. */
export async function asPerson<T>(
  { door }: Pick<ApiDeps, 'door'>,
  asker: Asker,
  duty: Duty,
  as: string,
  work: (acting: Acting) => Promise<T>,
): Promise<T> {
  await door.admit(asker, duty, { as });
  const { id, party } = asker.who.person;
  return deed(door, asker, duty, async () => {
    refuseProvince(asker.who.person);
    return work({ by: `person:${id}`, person: { id, party } });
  });
}

import { type Role, roles } from '../../access/people/person';
import { type PersonEntry, personByNationalId, savePerson } from '../../access/people/saving';
import { addUndertaking, listUndertakings } from '../../access/people/undertakings';
import { addMonths, istanbulDate } from '../../core/dates';
import { completeTckn } from '../../core/nationalId';
import { isDemoDatabase, realDatabase } from '../agreementEvents';
import { changing, type PeopleBroker } from './acting';
import { grantPerson } from './grants';

const document = 'sample for the demo, not a real paper';
const day = '2024-01-01';

const names = ['Deniz', 'Umut', 'Yağmur', 'Işık', 'Çınar', 'Özge', 'Güneş'];
const surnames = ['Örnekoğlu', 'Denemeci'];

/** The people of a party: one at the centre for each role, and one who asks in a province. */
const sample: readonly { handle: string; role: Role; province?: string }[] = [
  ...roles.map((role) => ({ handle: role, role })),
  { handle: 'query-adana', role: 'query', province: '01' },
];

/**
 * For stand-in sources only: made-up people of each party, trained, and with the undertaking's first version accepted.
 * Returns their numbers by handle, such as `PARTY-query` and `PARTY-query-adana`; a second time it changes nothing.
 */
export async function demoPeople(broker: PeopleBroker): Promise<Record<string, number>> {
  if (!(await isDemoDatabase(broker.db))) throw realDatabase();
  const found: Record<string, number> = {};
  const newcomers: number[] = [];
  for (const [i, party] of Object.keys(broker.agreement.parties).entries()) {
    const origin = { document, at: broker.clock(), by: 'demo' };
    await changing(broker, { by: 'demo' }, party, async (db) => {
      if ((await listUndertakings(db, party)).length === 0) await addUndertaking(db, party, day, origin);
      for (const [j, one] of sample.entries()) {
        const handle = `${party}-${one.handle}`;
        const entry: PersonEntry = {
          name: `${names[j % names.length]} ${surnames[i % surnames.length]}`,
          nationalId: completeTckn(String(700_000_000 + i * 1_000 + j)),
          title: 'Uzman',
          email: `${handle}@ornek.example`,
          unit: one.province ? 'İl Müdürlüğü' : 'Merkez',
          ...(one.province && { province: one.province }),
          roles: [one.role],
          addresses: [],
          validFrom: day,
          trainedOn: day,
          undertaking: 1,
          acceptedOn: day,
        };
        const of = { agreementId: broker.agreement.id, party };
        // Whatever became of one who is there already, stays: somebody tries out what removal does.
        const known = await personByNationalId(db, broker.keys, { ...of, nationalId: entry.nationalId });
        const { id } = known ?? (await savePerson(db, broker.keys, { ...of, entry, origin }));
        found[handle] = id;
        if (!known) newcomers.push(id);
      }
    });
  }
  const until = addMonths(istanbulDate(broker.clock()), 12);
  for (const [dataset, { perPerson }] of Object.entries(broker.agreement.datasets))
    for (const person of perPerson ? newcomers : []) await grantPerson(broker, { person, dataset, until, document }, 'demo');
  return found;
}

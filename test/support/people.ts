import { type PersonEntry, savePerson } from '../../src/access/people/saving';
import { issuePersonToken } from '../../src/access/people/tokens';
import { addUndertaking, listUndertakings } from '../../src/access/people/undertakings';
import { completeTckn } from '../../src/core/nationalId';
import type { Broker } from '../../src/operations/broker';

const long = { from: new Date('2000-01-01'), until: new Date('2100-01-01'), reviewOn: new Date('2100-01-01') };
const paper = { document: 'test', at: new Date('2000-01-01'), by: 'test' };
let number = 0;

/** A made-up person of a party who may read whatever is open to it, with a token; `changes` take some of that away. */
export async function somebody(
  { db, keys, agreement }: Pick<Broker, 'db' | 'keys' | 'agreement'>,
  party: string,
  changes: Partial<PersonEntry> = {},
  options: { grants?: boolean } = {},
): Promise<{ id: number; token: string }> {
  number += 1;
  if ((await listUndertakings(db, party)).length === 0) await addUndertaking(db, party, '2000-01-01', paper);
  const entry: PersonEntry = {
    name: 'Deneme Kişisi',
    nationalId: completeTckn(String(800_000_000 + number)),
    title: 'Uzman',
    email: `kisi${number}@ornek.example`,
    unit: 'Merkez',
    roles: ['query'],
    addresses: [],
    validFrom: '2000-01-01',
    trainedOn: '2000-01-01',
    undertaking: 1,
    acceptedOn: '2000-01-01',
    ...changes,
  };
  const { id } = await savePerson(db, keys, { agreementId: agreement.id, party, entry, origin: paper });
  const needing = Object.entries(agreement.datasets).filter(([, { perPerson }]) => perPerson && (options.grants ?? true));
  for (const [dataset] of needing)
    await db.prisma.personGrant.create({
      data: { personId: id, dataset, ...long, document: 'test', grantedBy: 'test', grantedAt: paper.at },
    });
  const { token } = await issuePersonToken(db, { personId: id, label: 'test', expiresAt: long.until, by: 'test', now: paper.at });
  return { id, token };
}

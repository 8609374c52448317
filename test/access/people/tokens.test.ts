import { savePerson } from '../../../src/access/people/saving';
import { findPerson, removePerson, type StoredPerson } from '../../../src/access/people/store';
import { issuePersonToken, listPersonTokens, revokePersonToken, revokePersonTokens } from '../../../src/access/people/tokens';
import { addUndertaking } from '../../../src/access/people/undertakings';
import { whoOfToken } from '../../../src/access/who';
import { entryOf, now, origin, type TestPeople, testPeople } from './support/people';

const day = 86_400_000;
const expiresAt = new Date(now.getTime() + 10 * day);

let test_: TestPeople;
beforeAll(async () => {
  test_ = await testPeople();
});
afterAll(() => test_.database.drop());

let counter = 0;
async function person(party = 'north') {
  const { db, keys } = test_.broker;
  counter += 1;
  return (await savePerson(db, keys, { agreementId: 'a', party, entry: entryOf(counter), origin })).id;
}
const issue = (personId: number) => issuePersonToken(test_.broker.db, { personId, label: 'masaüstü', expiresAt, by: 'test', now });
const caller = (token: string, at = now) => whoOfToken(test_.broker.db, token, at);

test('a token speaks for its person as things stand, and for nobody else', async () => {
  const [a, b] = [await person(), await person('south')];
  const [forA, forB] = [await issue(a), await issue(b)];
  expect(forA.token).toMatch(/^kopru_[\w-]{43}$/);
  expect(await caller(forA.token)).toEqual({
    person: {
      id: a,
      party: 'north',
      unit: 'Bilgi İşlem',
      roles: ['query'],
      addresses: [],
      validFrom: '2026-02-01',
      trainedOn: '2026-02-03',
      removed: false,
    },
    undertaking: undefined,
    grants: [],
    certified: false,
    addresses: [],
  });
  expect((await caller(forB.token))?.person).toMatchObject({ id: b, party: 'south' });
});

test('nothing near it is taken', async () => {
  const { token } = await issue(await person());
  for (const near of ['', token.slice(0, -1), `${token} `, token.toUpperCase(), `${token}\0`, 'kopru_', "' or 1=1 --"])
    expect(await caller(near)).toBeUndefined();
});

test('it is kept nowhere: the table has its digest alone', async () => {
  const { token } = await issue(await person());
  const { rows } = await test_.broker.db.pool.query('select t::text as row from person_token t');
  expect(rows.length).toBeGreaterThan(0);
  for (const form of [token, token.slice(6), Buffer.from(token).toString('hex'), Buffer.from(token.slice(6), 'base64url').toString('hex')])
    expect(JSON.stringify(rows)).not.toContain(form);
  for (const shown of await listPersonTokens(test_.broker.db)) expect(Object.keys(shown)).not.toContain('sha256');
});

test('it ends at its time, and not before', async () => {
  const { token } = await issue(await person());
  expect(await caller(token, new Date(expiresAt.getTime() - 1))).toBeDefined();
  expect(await caller(token, expiresAt)).toBeUndefined();
});

test('revoked, one or all of a person’s, it is void at once, and others’ are not', async () => {
  const id = await person();
  const [first, second, third, other] = [await issue(id), await issue(id), await issue(id), await issue(await person())];
  const { db } = test_.broker;
  expect([await revokePersonToken(db, first.id, now), await revokePersonToken(db, first.id, now)]).toEqual([true, false]);
  expect([await caller(first.token), (await caller(second.token))?.person.id]).toEqual([undefined, id]);
  expect([await revokePersonTokens(db, [id], now), await revokePersonTokens(db, [id], now)]).toEqual([2, 0]);
  expect([await caller(second.token), await caller(third.token)]).toEqual([undefined, undefined]);
  expect(await caller(other.token)).toBeDefined();
  expect((await listPersonTokens(db, id)).map((t) => [t.id, t.revokedAt])).toEqual([third, second, first].map((t) => [t.id, now]));
});

test('it ends with the removal of its person, and does not come back with the person', async () => {
  const id = await person();
  const { token } = await issue(id);
  const { db, keys } = test_.broker;
  expect(await removePerson(db, (await findPerson(db, id)) as StoredPerson, origin)).toBe(1);
  expect(await caller(token)).toBeUndefined();
  const entry = entryOf(counter);
  expect(await savePerson(db, keys, { agreementId: 'a', party: 'north', entry, origin })).toEqual({ id, what: 'changed' });
  expect(await caller(token)).toBeUndefined();
  expect(await caller((await issue(id)).token)).toBeDefined();
});

test('a removal counts even where the token’s own row was not told', async () => {
  const id = await person();
  const { token } = await issue(id);
  const { db } = test_.broker;
  await removePerson(db, (await findPerson(db, id)) as StoredPerson, origin);
  await db.prisma.personToken.updateMany({ where: { personId: id }, data: { revokedAt: null } });
  expect(await caller(token)).toBeUndefined();
});

test('changed rights and a new undertaking are seen by the very next request', async () => {
  const id = await person('east');
  const { token } = await issue(id);
  const { db, keys } = test_.broker;
  await addUndertaking(db, 'east', '2026-01-01', origin);
  expect((await caller(token))?.undertaking).toBe(1);
  await addUndertaking(db, 'east', '2026-11-23', origin);
  expect((await caller(token))?.undertaking).toBe(1);
  // A day begins in Istanbul at 21:00 UTC.
  expect((await caller(token, new Date('2026-11-22T20:59:59Z')))?.undertaking).toBe(1);
  expect((await caller(token, new Date('2026-11-22T21:00:00Z')))?.undertaking).toBe(2);
  await savePerson(db, keys, { agreementId: 'a', party: 'east', entry: entryOf(counter, { roles: ['auditor'] }), origin });
  expect((await caller(token))?.person.roles).toEqual(['auditor']);
});

test('a party with a registered certificate is told as such, until it is revoked; an expired one counts', async () => {
  const { token } = await issue(await person('west'));
  const certified = async () => (await caller(token))?.certified;
  expect(await certified()).toBe(false);
  const { prisma } = test_.broker.db;
  const { id } = await prisma.institutionCertificate.create({
    data: {
      party: 'west',
      fingerprint: new Uint8Array(32),
      subject: 'O=West',
      serial: '01',
      notBefore: new Date(now.getTime() - 20 * day),
      notAfter: new Date(now.getTime() - 10 * day),
      document: 'd',
      addedAt: now,
      addedBy: 'test',
    },
  });
  expect(await certified()).toBe(true);
  await prisma.institutionCertificate.update({ where: { id }, data: { revokedAt: now, revokedBy: 'test', revokedReason: 'lost' } });
  expect(await certified()).toBe(false);
});

test('asking takes one statement, prepared', async () => {
  const { token } = await issue(await person());
  const query = jest.spyOn(test_.broker.db.reads, 'query');
  try {
    await caller(token);
    expect(query.mock.calls).toEqual([[expect.objectContaining({ name: 'who-of-token' })]]);
  } finally {
    query.mockRestore();
  }
});

import { personByNationalId, savePerson } from '../../../src/access/people/saving';
import {
  findPerson,
  listPeople,
  openPeople,
  recordAcceptance,
  recordTraining,
  removePerson,
  type StoredPerson,
} from '../../../src/access/people/store';
import { addUndertaking, currentUndertaking, listUndertakings } from '../../../src/access/people/undertakings';
import { idOf } from './support/forms';
import { entryOf, now, origin, type TestPeople, testPeople } from './support/people';

let test_: TestPeople;
beforeAll(async () => {
  test_ = await testPeople();
});
afterAll(() => test_.database.drop());

const save = (n: number, over = {}, party = 'north') =>
  savePerson(test_.broker.db, test_.broker.keys, { agreementId: 'a', party, entry: entryOf(n, over), origin });
const find = async (id: number) => (await findPerson(test_.broker.db, id)) as StoredPerson;
const versions = async (id: number) =>
  (await test_.broker.db.pool.query('select version, document, removed from person_version where person_id = $1 order by 1', [id])).rows;

test('a person is saved and found as said, whatever the days', async () => {
  const over = { province: '01', addresses: ['10.0.0.0/8'], validUntil: '2026-12-31', undertaking: 1, acceptedOn: '2026-02-04' };
  const { id, what } = await save(1, over);
  expect(what).toBe('added');
  const { name: _n, nationalId: _i, title: _t, email: _e, ...open } = entryOf(1, over);
  expect(await find(id)).toEqual({ id, party: 'north', version: 1, removed: false, ...open });
  expect(await find(999_999)).toBeUndefined();
});

test('the same again is no version; anything else is one, and the newest counts', async () => {
  const { id } = await save(2);
  expect(await save(2)).toEqual({ id, what: 'same' });
  expect(await save(2, { unit: 'Başka Birim' })).toEqual({ id, what: 'changed' });
  expect(await save(2, { unit: 'Başka Birim', title: 'Müdür' })).toEqual({ id, what: 'changed' });
  expect(await find(id)).toMatchObject({ unit: 'Başka Birim', version: 3 });
  expect((await openPeople(test_.broker.db, test_.broker.keys, [id])).get(id)).toMatchObject({ title: 'Müdür' });
  expect(await versions(id)).toHaveLength(3);
});

test('one number is one person in a party, and another person in another party', async () => {
  const [north, south] = [await save(3), await save(3, {}, 'south')];
  expect(south.id).not.toBe(north.id);
  const { rows } = await test_.broker.db.pool.query('select sealed, id_index from person where id = any($1)', [[north.id, south.id]]);
  expect(rows[0].sealed.equals(rows[1].sealed)).toBe(false);
  const { db, keys } = test_.broker;
  const of = { agreementId: 'a', nationalId: idOf(3) };
  expect((await personByNationalId(db, keys, { ...of, party: 'south' }))?.id).toBe(south.id);
  expect(await personByNationalId(db, keys, { ...of, party: 'west' })).toBeUndefined();
  expect((await listPeople(db, 'south')).map((p) => p.id)).toEqual([south.id]);
  expect((await listPeople(db)).map((p) => p.party)).toEqual(expect.arrayContaining(['north', 'south']));
});

test('what is sealed does not open in another row', async () => {
  const [a, b] = [await save(4), await save(5)];
  const { db, keys } = test_.broker;
  expect((await openPeople(db, keys, [a.id])).get(a.id)).toEqual({
    name: 'Örneke Gizlioğlu',
    nationalId: idOf(4),
    title: 'Başmüfettiş',
    email: 'gizli4@kurum.example',
  });
  await db.pool.query('update person set sealed = (select sealed from person where id = $2) where id = $1', [b.id, a.id]);
  await expect(openPeople(db, keys, [b.id])).rejects.toMatchObject({ code: 'record-tampered' });
  await db.prisma.person.delete({ where: { id: b.id } });
});

test('training and acceptance are versions; a list that says nothing or less of them leaves them', async () => {
  const { id } = await save(6, { trainedOn: undefined });
  const { db } = test_.broker;
  expect(await recordTraining(db, await find(id), '2026-03-01', origin)).toBe(true);
  expect(await recordTraining(db, await find(id), '2026-03-01', origin)).toBe(false);
  expect(await recordAcceptance(db, await find(id), 2, '2026-03-02', origin)).toBe(true);
  const kept = { trainedOn: '2026-03-01', undertaking: 2, acceptedOn: '2026-03-02', version: 3 };
  expect(await find(id)).toMatchObject(kept);
  expect((await save(6, { trainedOn: undefined })).what).toBe('same');
  expect((await save(6, { trainedOn: '2026-01-01', undertaking: 1, acceptedOn: '2026-01-01' })).what).toBe('same');
  expect(await find(id)).toMatchObject(kept);
  expect((await save(6, { trainedOn: '2026-04-01', undertaking: 3, acceptedOn: '2026-04-01' })).what).toBe('changed');
  expect(await find(id)).toMatchObject({ trainedOn: '2026-04-01', undertaking: 3, acceptedOn: '2026-04-01' });
});

test('who is removed stays as a version, cannot be changed, and comes back with a list', async () => {
  const { id } = await save(7);
  const { db } = test_.broker;
  await removePerson(db, await find(id), { ...origin, document: 'E-2' });
  const removed = await find(id);
  expect(removed).toMatchObject({ removed: true, version: 2, trainedOn: '2026-02-03' });
  await expect(removePerson(db, removed, origin)).rejects.toMatchObject({ code: 'state-conflict' });
  await expect(recordTraining(db, removed, '2026-05-01', origin)).rejects.toMatchObject({ code: 'state-conflict' });
  expect((await save(7)).what).toBe('changed');
  expect(await versions(id)).toEqual([
    { version: 1, document: 'E-1', removed: false },
    { version: 2, document: 'E-2', removed: true },
    { version: 3, document: 'E-1', removed: false },
  ]);
});

test('versions of undertakings count up by party, and the newest that has begun is in effect', async () => {
  const { db } = test_.broker;
  expect(await addUndertaking(db, 'east', '2026-01-01', origin)).toBe(1);
  expect(await addUndertaking(db, 'east', '2026-06-01', origin)).toBe(2);
  expect(await addUndertaking(db, 'west', '2026-03-01', origin)).toBe(1);
  await expect(addUndertaking(db, 'east', '2026-05-31', origin)).rejects.toMatchObject({ code: 'state-conflict' });
  const all = await listUndertakings(db);
  expect(all.filter((u) => u.party === 'east').map((u) => [u.version, u.effectiveOn])).toEqual([
    [1, '2026-01-01'],
    [2, '2026-06-01'],
  ]);
  const on = (day: string, party = 'east') => currentUndertaking(all, party, day);
  expect([on('2025-12-31'), on('2026-01-01'), on('2026-05-31'), on('2026-06-01'), on('2026-06-01', 'none')]).toEqual([
    undefined,
    1,
    1,
    2,
    undefined,
  ]);
});

test.each(['person_version', 'undertaking', 'service_step'])('%s refuses change and deletion', async (table) => {
  const { pool } = test_.broker.db;
  for (const statement of [`update ${table} set document = 'x'`, `delete from ${table}`, `truncate ${table}`])
    await expect(pool.query(statement)).rejects.toMatchObject({ code: '23001' });
});

test('the database itself takes no unknown role, no plate 82 and no end before the beginning', async () => {
  const { pool } = test_.broker.db;
  const insert = (roles: string, province: string, until: string) =>
    pool.query(
      `insert into person_version (person_id, version, unit, province, roles, addresses, valid_from, valid_until, removed, document, at, by)
       values (999, 1, 'x', $2, $1::text[], '{}', '2026-01-02', $3, false, 'x', $4, 'test')`,
      [roles, province, until, now],
    );
  for (const [roles, province, until] of [
    ['{admin}', '01', '2027-01-01'],
    ['{}', '01', '2027-01-01'],
    ['{query}', '82', '2027-01-01'],
    ['{query}', '1', '2027-01-01'],
    ['{query}', '01', '2026-01-01'],
  ] as const)
    await expect(insert(roles, province, until)).rejects.toMatchObject({ code: '23514' });
});

import { createHash } from 'node:crypto';
import { whoOfToken } from '../../../src/access/who';
import { type ImportAsked, importPersonnel } from '../../../src/operations/people/import';
import { listPersonnel } from '../../../src/operations/people/personnel';
import { issueFor } from '../../../src/operations/people/tokens';
import { csv, headings, idOf, rowOf } from '../../access/people/support/forms';
import { now, type TestPeople, testPeople } from '../../access/people/support/people';

const acting = { by: 'test' };
let test_: TestPeople;
beforeEach(async () => {
  test_ = await testPeople();
});
afterEach(() => test_.database.drop());

const list = (...rows: string[][]) => csv([headings, ...rows]);
const take = (bytes: Uint8Array, over: Partial<ImportAsked> = {}) =>
  importPersonnel(test_.broker, { party: 'cgm', bytes, document: 'Ek-3/1', ...over }, acting);
const people = (party = 'cgm') => listPersonnel(test_.broker, { party }, acting);
const rows = async (text: string) => (await test_.broker.db.pool.query(text)).rows;
const countOf = async (table: string) => Number((await rows(`select count(*) from ${table}`))[0].count);

test('a list makes people, each with the reference and the hash of its file; again it changes nothing', async () => {
  const bytes = list(rowOf(1), rowOf(2, { İl: 'Adana', IP: '10.0.0.0/8' }));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const counts = { party: 'cgm', listed: 2, removed: 0, unlisted: 0, tokensEnded: 0, sha256, dryRun: false };
  expect(await take(bytes)).toEqual({ ...counts, added: 2, changed: 0, same: 0 });
  expect(await take(bytes)).toEqual({ ...counts, added: 0, changed: 0, same: 2 });
  expect(await rows('select version, document, document_sha256, at, by from person_version')).toEqual(
    [1, 1].map((version) => ({ version, document: 'Ek-3/1', document_sha256: sha256, at: now, by: 'test' })),
  );
  expect((await people()).map((p) => [p.province, p.addresses, p.standing])).toEqual([
    [undefined, [], 'untrained'],
    ['01', ['10.0.0.0/8'], 'untrained'],
  ]);
});

test('a changed row is a new version, and people who are not in the list stay', async () => {
  await take(list(rowOf(1), rowOf(2), rowOf(3)));
  expect(await take(list(rowOf(2, { Roller: 'Denetim' }), rowOf(3, { Unvan: 'Müdür' }), rowOf(4)), { document: 'Ek-3/2' })).toMatchObject({
    added: 1,
    changed: 2,
    same: 0,
    removed: 0,
    unlisted: 1,
  });
  expect(await rows('select person_id, version, document from person_version where version > 1 order by 1')).toEqual([
    { person_id: 2, version: 2, document: 'Ek-3/2' },
    { person_id: 3, version: 2, document: 'Ek-3/2' },
  ]);
  expect((await people()).map((p) => [p.id, p.roles, p.removed])).toEqual([
    [1, ['query', 'statistics'], false],
    [2, ['auditor'], false],
    [3, ['query', 'statistics'], false],
    [4, ['query', 'statistics'], false],
  ]);
});

test('a complete list removes whoever is not in it, of that party alone, and their tokens end at once', async () => {
  await take(list(rowOf(1), rowOf(2)));
  await take(list(rowOf(1)), { party: 'iskur' });
  const [first, second] = await people();
  const holders = [first, first, second].map((p) => p?.id as number);
  const tokens = await Promise.all(holders.map((id) => issueFor(test_.broker, id, { label: 'x', days: 5 }, acting)));
  expect(await take(list(rowOf(2)), { complete: true })).toMatchObject({ removed: 1, unlisted: 0, tokensEnded: 2, same: 1 });
  expect((await people()).map((p) => p.standing)).toEqual(['removed', 'untrained']);
  expect((await people('iskur')).map((p) => p.removed)).toEqual([false]);
  const callers = await Promise.all(tokens.map(({ token }) => whoOfToken(test_.broker.db, token, now)));
  expect(callers.map((c) => c?.person.id)).toEqual([undefined, undefined, 2]);
  // Who was removed before is not removed again, and comes back when listed again.
  expect(await take(list(rowOf(2)), { complete: true })).toMatchObject({ removed: 0 });
  expect(await take(list(rowOf(1), rowOf(2)), { complete: true })).toMatchObject({ added: 0, changed: 1, removed: 0 });
  expect((await people()).map((p) => p.removed)).toEqual([false, false]);
});

test('a dry run tells the same and writes nothing, not even a log entry', async () => {
  await take(list(rowOf(1), rowOf(2)));
  const before = await Promise.all(['person', 'person_version', 'audit_entry'].map(countOf));
  const bytes = list(rowOf(2, { Birim: 'Başka' }), rowOf(3));
  const told = await take(bytes, { complete: true, dryRun: true });
  expect(told).toMatchObject({ added: 1, changed: 1, same: 0, removed: 1, dryRun: true });
  expect(await Promise.all(['person', 'person_version', 'audit_entry'].map(countOf))).toEqual(before);
  expect(await take(bytes, { complete: true })).toEqual({ ...told, dryRun: false });
});

test('one bad row changes nothing', async () => {
  await take(list(rowOf(1)));
  const bad = take(list(rowOf(2), rowOf(3, { Roller: 'Yönetici' })), { complete: true });
  await expect(bad).rejects.toMatchObject({ code: 'form-invalid', message: expect.stringContaining('row 3: "Roller"') });
  expect((await people()).map((p) => p.removed)).toEqual([false]);
  expect(await countOf('audit_entry')).toBe(1);
});

test('an undertaking that is not recorded for the party is a mistake of the row', async () => {
  const accepted = rowOf(1, { 'Taahhütname Sürümü': '1', 'Taahhütname Tarihi': '01.03.2026' });
  await expect(take(list(accepted))).rejects.toMatchObject({
    message: expect.stringContaining('"Taahhütname Sürümü" is none that is recorded'),
  });
});

test('who may change one party’s people changes no other’s, and there must be such a party', async () => {
  const bytes = list(rowOf(1));
  const foreign = importPersonnel(test_.broker, { party: 'iskur', bytes, document: 'x' }, { by: 'p1', onlyParty: 'cgm' });
  await expect(foreign).rejects.toMatchObject({ code: 'party-foreign' });
  await expect(take(bytes, { party: 'nobody' })).rejects.toMatchObject({ code: 'not-found' });
  expect(await countOf('person')).toBe(0);
  expect(await importPersonnel(test_.broker, { party: 'cgm', bytes, document: 'x' }, { by: 'p1', onlyParty: 'cgm' })).toMatchObject({
    added: 1,
  });
});

test('lists that come at the same time are taken one after the other', async () => {
  const done = await Promise.all([1, 2, 3].map(() => take(list(rowOf(1), rowOf(2)))));
  expect(done.map((d) => d.added).sort()).toEqual([0, 0, 2]);
  expect(await countOf('person_version')).toBe(2);
});

test('a list as long as may be is taken', async () => {
  const rows = Array.from({ length: 5_000 }, (_, i) => rowOf(i));
  expect(await take(list(...rows))).toMatchObject({ added: 5_000 });
  expect(await take(list(...rows.slice(1)), { complete: true })).toMatchObject({ same: 4_999, removed: 1 });
});

test('nobody’s name, number or address stands in clear in any table', async () => {
  await take(list(rowOf(1, { 'Ad Soyad': 'Zümrüt Gizlioğlu', Unvan: 'Başmüfettiş' })));
  await listPersonnel(test_.broker, { party: 'cgm', names: true }, acting);
  await expect(take(list(rowOf(1), rowOf(1)))).rejects.toMatchObject({ code: 'form-invalid' });
  const tables = await rows(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'staging')",
  );
  let all = '';
  for (const { name } of tables) all += (await rows(`select coalesce(string_agg(t::text, ' '), '') as text from ${name} t`))[0].text;
  // Bytes are written as hexadecimal digits.
  for (const secret of ['Zümrüt', 'Gizlioğlu', 'Başmüfettiş', 'kisi1@kurum.example', idOf(1)])
    for (const form of [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64').slice(0, 8)])
      expect(all.includes(form)).toBe(false);
  expect(all).toContain('Bilgi İşlem');
});

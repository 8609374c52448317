import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { whoOfToken } from '../../../src/access/who';
import { csv, headings, idOf, rowOf } from '../../access/people/support/forms';
import { now, type TestPeople, testPeople } from '../../access/people/support/people';
import { kopruOn } from './support';

let test_: TestPeople;
let folder: string;

const kopru = kopruOn(() => ({ broker: test_.broker }));
const json = async (...words: string[]) => JSON.parse((await kopru(...words, '--json')).out);
const file = (name: string, bytes: string | Buffer) => {
  writeFileSync(path.join(folder, name), bytes);
  return path.join(folder, name);
};

beforeAll(async () => {
  test_ = await testPeople();
  folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-personnel-'));
  const form = file('ek3.csv', csv([headings, rowOf(1, { 'Eğitim Tarihi': '03.02.2026' }), rowOf(2, { İl: 'Adana' })]));
  expect((await kopru('personnel', 'import', form, '--party', 'cgm', '--document', 'Ek-3/1', '--dry-run')).out).toContain(
    'It would be so: 2 listed: 2 added',
  );
  expect((await kopru('personnel', 'import', form, '--party', 'cgm', '--document', 'Ek-3/1')).code).toBe(0);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await test_.database.drop();
});

test('the list shows numbers, units, roles and standing, and names only when asked', async () => {
  const plain = await kopru('personnel', 'list', '--party', 'cgm');
  for (const shown of ['Bilgi İşlem', 'merkez', '01', 'Sorgulama, İstatistik', 'undertaking-missing', 'untrained'])
    expect(plain.out).toContain(shown);
  expect(plain.out).not.toMatch(/Işıkoğlu|@/);
  expect((await kopru('personnel', 'list', '--names')).out).toContain('Örnekb Işıkoğlu');
  expect((await json('personnel', 'list')).map((p: { standing: string }) => p.standing)).toEqual(['undertaking-missing', 'untrained']);
});

test('training, undertaking and acceptance change the standing', async () => {
  const standing = async () => (await json('personnel', 'list'))[1].standing;
  expect((await kopru('personnel', 'train', '2', '--on', '2026-03-01')).code).toBe(0);
  // Without an undertaking of the party there is nothing to have accepted.
  expect(await standing()).toBe('undertaking-missing');
  const original = file('taahhut.pdf', 'signed');
  expect(await json('undertaking', 'add', '--party', 'cgm', '--on', '2026-11-01', '--document', 'T-1', '--original', original)).toEqual({
    party: 'cgm',
    version: 1,
  });
  expect(await standing()).toBe('undertaking-missing');
  expect((await kopru('personnel', 'accept', '2', '--undertaking', '1', '--on', '2026-11-02')).code).toBe(0);
  expect(await standing()).toBe('active');
  expect(await json('undertaking', 'list', '--party', 'cgm')).toEqual([
    { party: 'cgm', version: 1, effectiveOn: '2026-11-01', document: 'T-1' },
  ]);
});

test('a token is printed once, or written where this user alone reads it, and revoked by number or person', async () => {
  const printed = (await kopru('token', 'issue', '1', '--label', 'masaüstü', '--days', '30')).out.trim();
  expect((await whoOfToken(test_.database.db, printed, now))?.person.id).toBe(1);
  const out = path.join(folder, 'p1.token');
  const made = await kopru('token', 'issue', '1', '--label', 'sunucu', '--days', '30', '--out', out);
  const kept = readFileSync(out, 'utf8').trim();
  expect(made.out).not.toContain(kept);
  expect(statSync(out).mode & 0o777).toBe(0o600);
  expect((await whoOfToken(test_.database.db, kept, now))?.person.id).toBe(1);

  // A file that is there is not written over, and nothing is made for it.
  expect(await kopru('token', 'issue', '1', '--label', 'x', '--days', '30', '--out', out)).toMatchObject({ code: 2 });
  expect(readFileSync(out, 'utf8').trim()).toBe(kept);
  const [second, first] = await json('token', 'list', '--person', '1');
  expect([first.label, second.label]).toEqual(['masaüstü', 'sunucu']);
  // What cannot be made leaves no file.
  const none = path.join(folder, 'none.token');
  expect(await kopru('token', 'issue', '99', '--label', 'x', '--days', '30', '--out', none)).toMatchObject({ code: 3 });
  expect(() => statSync(none)).toThrow('ENOENT');

  expect((await kopru('token', 'revoke', String(first.id))).code).toBe(0);
  expect([await whoOfToken(test_.database.db, printed, now), (await whoOfToken(test_.database.db, kept, now))?.person.id]).toEqual([
    undefined,
    1,
  ]);
  expect((await kopru('token', 'revoke', '--person', '1')).out).toContain('1 live tokens ended');
  expect(await whoOfToken(test_.database.db, kept, now)).toBeUndefined();
  expect((await kopru('token', 'revoke')).code).toBe(2);
  expect((await kopru('token', 'revoke', '1', '--person', '1')).code).toBe(2);
});

test('services are recorded step by step', async () => {
  const record = (...words: string[]) => kopru('service', 'record', 'iskur.agents', ...words, '--on', '2026-03-01', '--document', 'Y-1');
  expect(await record('notice-sent')).toMatchObject({ code: 3 });
  expect(await record('infrastructure-ready')).toMatchObject({ code: 0 });
  expect(await record('contact-named', '--contact', '1')).toMatchObject({ code: 0 });
  expect((await json('service', 'list', 'iskur.agents')).map((s: { step: string }) => s.step)).toEqual([
    'infrastructure-ready',
    'contact-named',
  ]);
});

test('a list that cannot be taken is told without what it holds', async () => {
  const bad = file('bad.csv', csv([headings, rowOf(3, { 'E-posta': 'gizli kurum' })]));
  const { code, out, err } = await kopru('personnel', 'import', bad, '--party', 'cgm', '--document', 'Ek-3/2');
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain('row 2: "E-posta" is no e-mail address');
  expect(err).not.toMatch(new RegExp(`gizli|Işıkoğlu|${idOf(3)}`));
  expect((await kopru('personnel', 'import', path.join(folder, 'none.csv'), '--party', 'cgm', '--document', 'x')).err).toContain('[usage]');
  expect((await kopru('personnel', 'import', file('big.csv', Buffer.alloc(6_000_000)), '--party', 'cgm', '--document', 'x')).err).toContain(
    '[too-large]',
  );
});

test('a removal ends the tokens', async () => {
  const token = (await kopru('token', 'issue', '2', '--label', 'x', '--days', '1')).out.trim();
  expect((await kopru('personnel', 'remove', '2', '--document', 'E-3')).out).toContain('1 live tokens ended');
  expect(await whoOfToken(test_.database.db, token, now)).toBeUndefined();
  expect((await kopru('personnel', 'remove', '2', '--document', 'E-3')).code).toBe(3);
});

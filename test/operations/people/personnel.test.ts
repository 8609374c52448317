import { whoOfToken } from '../../../src/access/who';
import { recordDemoEvents } from '../../../src/operations/demo';
import { demoPeople } from '../../../src/operations/people/demo';
import { acceptUndertaking, listPersonnel, removePersonnel, trainPersonnel } from '../../../src/operations/people/personnel';
import { listServiceSteps, recordServiceStep } from '../../../src/operations/people/services';
import { issueFor, revokeToken, revokeTokensOf, tokens } from '../../../src/operations/people/tokens';
import { recordUndertaking, undertakings } from '../../../src/operations/people/undertakings';
import { now, type TestPeople, testPeople } from '../../access/people/support/people';
import { logged as entries } from '../../support/audit';

const acting = { by: 'test' };
let test_: TestPeople;
let ids: Record<string, number>;
const id = (handle: string) => ids[handle] as number;

beforeAll(async () => {
  test_ = await testPeople();
  await recordDemoEvents(test_.broker);
  ids = await demoPeople(test_.broker);
});
afterAll(() => test_.database.drop());

const standing = async (person: number) => (await listPersonnel(test_.broker, {}, acting)).find((p) => p.id === person)?.standing;

describe('the demo’s people', () => {
  test('are there for each party and role, in a province too, and may all act', async () => {
    const people = await listPersonnel(test_.broker, {}, acting);
    expect(people).toHaveLength(14);
    expect(new Set(people.map((p) => p.standing))).toEqual(new Set(['active']));
    expect(people.find((p) => p.id === id('cgm-query'))).toMatchObject({ party: 'cgm', roles: ['query'] });
    expect(people.find((p) => p.id === id('iskur-query-adana'))).toMatchObject({ party: 'iskur', province: '01', roles: ['query'] });
    expect(Object.keys(ids)).toEqual(
      expect.arrayContaining(['cgm-auditor', 'iskur-personnel', 'cgm-approver', 'iskur-statistics', 'cgm-operator']),
    );
  });

  test('a second time they are the same, and what became of them stays', async () => {
    await removePersonnel(test_.broker, id('cgm-statistics'), 'E-9', acting);
    expect(await demoPeople(test_.broker)).toEqual(ids);
    expect(await standing(id('cgm-statistics'))).toBe('removed');
    expect(await undertakings(test_.broker)).toHaveLength(2);
  });

  test('are not made where no demo was recorded', async () => {
    const other = await testPeople();
    try {
      await expect(demoPeople(other.broker)).rejects.toMatchObject({ code: 'demo-database' });
    } finally {
      await other.database.drop();
    }
  });
});

describe('what befalls a person', () => {
  test('a new undertaking suspends all of the party’s staff until each accepts it', async () => {
    const [mine, other] = [id('iskur-query'), id('cgm-query')];
    expect(await recordUndertaking(test_.broker, { party: 'iskur', effectiveOn: '2026-11-22', document: 'T-2' }, acting)).toBe(2);
    expect([await standing(mine), await standing(other)]).toEqual(['undertaking-missing', 'active']);
    expect(await acceptUndertaking(test_.broker, mine, { undertaking: 2, on: '2026-11-22' }, acting)).toBe(true);
    expect(await acceptUndertaking(test_.broker, mine, { undertaking: 2, on: '2026-11-22' }, acting)).toBe(false);
    expect(await standing(mine)).toBe('active');
    await expect(acceptUndertaking(test_.broker, mine, { undertaking: 3, on: '2026-11-22' }, acting)).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('what is still to come is not recorded, in Istanbul’s days', async () => {
    const mine = id('cgm-query');
    for (const work of [
      () => trainPersonnel(test_.broker, mine, { on: '2026-11-23' }, acting),
      () => acceptUndertaking(test_.broker, mine, { undertaking: 1, on: '2026-11-23' }, acting),
      () =>
        recordServiceStep(test_.broker, { dataset: 'iskur.agents', step: 'infrastructure-ready', on: '2026-11-23', document: 'x' }, 'test'),
      () => trainPersonnel(test_.broker, mine, { on: '22.11.2026' }, acting),
    ])
      await expect(work()).rejects.toMatchObject({ code: 'request-invalid' });
    test_.set(new Date('2026-11-22T21:00:00Z'));
    expect(await trainPersonnel(test_.broker, mine, { on: '2026-11-23', document: 'Eğitim 4' }, acting)).toBe(true);
    test_.set(now);
  });

  test('names are shown where they are asked for, never national ids, and that is logged', async () => {
    const [plain] = await listPersonnel(test_.broker, { party: 'cgm' }, acting);
    expect(plain).not.toHaveProperty('name');
    const logged = () => entries(test_.broker.db, { action: 'personnel names' }).then((all) => all.length);
    const before = await logged();
    const named = await listPersonnel(test_.broker, { party: 'cgm', names: true }, acting);
    expect(await logged()).toBe(before + 1);
    for (const person of named) {
      expect(person.name).toMatch(/^\S+ Örnekoğlu$/);
      expect(JSON.stringify(person)).not.toMatch(/\d{11}/);
    }
  });
});

describe('a party’s personnel administrator', () => {
  const own = { by: 'p7', onlyParty: 'cgm' };

  test('does nothing to another party’s people', async () => {
    const other = id('iskur-query');
    const { id: token } = await issueFor(test_.broker, other, { label: 'x', days: 1 }, acting);
    for (const work of [
      () => removePersonnel(test_.broker, other, 'x', own),
      () => trainPersonnel(test_.broker, other, { on: '2026-01-01' }, own),
      () => acceptUndertaking(test_.broker, other, { undertaking: 1, on: '2026-01-01' }, own),
      () => issueFor(test_.broker, other, { label: 'x', days: 1 }, own),
      () => revokeToken(test_.broker, token, own),
      () => revokeTokensOf(test_.broker, other, own),
      () => tokens(test_.broker, other, own),
      () => listPersonnel(test_.broker, { party: 'iskur' }, own),
      () => recordUndertaking(test_.broker, { party: 'iskur', effectiveOn: '2027-01-01', document: 'x' }, own),
    ])
      await expect(work()).rejects.toMatchObject({ code: 'party-foreign' });
    expect(await standing(other)).toBe('active');
  });

  test('sees the own party’s people and tokens alone', async () => {
    await issueFor(test_.broker, id('cgm-query'), { label: 'x', days: 1 }, own);
    expect(new Set((await listPersonnel(test_.broker, {}, own)).map((p) => p.party))).toEqual(new Set(['cgm']));
    const seen = await tokens(test_.broker, undefined, own);
    expect(new Set(seen.map((t) => t.personId))).toEqual(new Set([id('cgm-query')]));
    expect((await tokens(test_.broker, undefined, acting)).length).toBeGreaterThan(seen.length);
  });
});

describe('tokens', () => {
  test('live as long as said, a year at most, and end at once', async () => {
    const mine = id('cgm-operator');
    const made = await issueFor(test_.broker, mine, { label: 'sunucu', days: 2 }, acting);
    expect(made.expiresAt).toEqual(new Date('2026-11-24T09:00:00Z'));
    expect((await whoOfToken(test_.broker.db, made.token, now))?.person.id).toBe(mine);
    await revokeToken(test_.broker, made.id, acting);
    expect(await whoOfToken(test_.broker.db, made.token, now)).toBeUndefined();
    await expect(revokeToken(test_.broker, made.id, acting)).rejects.toMatchObject({ code: 'state-conflict' });
    await expect(revokeToken(test_.broker, 999_999, acting)).rejects.toMatchObject({ code: 'not-found' });
    for (const days of [0, -1, 1.5, 367])
      await expect(issueFor(test_.broker, mine, { label: 'x', days }, acting)).rejects.toMatchObject({ code: 'request-invalid' });
  });

  test('are not made for who was removed, or is nobody', async () => {
    const gone = id('iskur-auditor');
    await removePersonnel(test_.broker, gone, 'E-8', acting);
    const issue = (person: number) => issueFor(test_.broker, person, { label: 'x', days: 1 }, acting);
    await expect(issue(gone)).rejects.toMatchObject({ code: 'state-conflict' });
    await expect(issue(999_999)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('the steps of a service', () => {
  const dataset = 'iskur.agents';
  const record = (step: string, over = {}) =>
    recordServiceStep(test_.broker, { dataset, step, on: '2026-03-01', document: 'Y-1', ...over }, 'test');

  test('are recorded; the notice goes out last, and its contact is one of the personnel', async () => {
    const contact = id('cgm-operator');
    await expect(record('notice-sent')).rejects.toMatchObject({ code: 'state-conflict' });
    await record('infrastructure-ready', { note: 'TLS 1.3' });
    await expect(record('notice-sent')).rejects.toMatchObject({ message: expect.stringContaining('contact-named') });
    await record('contact-named', { contact });
    await record('notice-sent', { on: '2026-03-02' });
    expect(await listServiceSteps(test_.broker, dataset)).toEqual([
      { dataset, step: 'infrastructure-ready', on: '2026-03-01', contact: null, note: 'TLS 1.3', document: 'Y-1' },
      { dataset, step: 'contact-named', on: '2026-03-01', contact, note: null, document: 'Y-1' },
      { dataset, step: 'notice-sent', on: '2026-03-02', contact: null, note: null, document: 'Y-1' },
    ]);
    expect(await listServiceSteps(test_.broker, 'cts.children')).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['contact-named', {}, 'request-invalid'],
    ['infrastructure-ready', { contact: 1 }, 'request-invalid'],
    ['contact-named', { contact: 999_999 }, 'not-found'],
    ['ready', {}, 'request-invalid'],
    ['infrastructure-ready', { dataset: 'x.y' }, 'not-found'],
  ])('%s with %j is refused: %s', (step, over, code) => expect(record(step, over)).rejects.toMatchObject({ code }));
});

test('every change is logged, with numbers and papers alone', async () => {
  const rows = (await entries(test_.broker.db, { kind: 'operation' })).filter((row) => row.by !== 'demo');
  expect(new Set(rows.map((row) => row.action))).toEqual(
    new Set([
      'personnel remove',
      'personnel train',
      'personnel accept',
      'personnel names',
      'undertaking add',
      'token issue',
      'token revoke',
      'service record',
    ]),
  );
  expect(JSON.stringify(rows.map((row) => row.detail))).not.toMatch(/kopru_|Örnekoğlu|Denemeci|@|\d{11}/);
});

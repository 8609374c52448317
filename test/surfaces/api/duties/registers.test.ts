import { subjectOf } from '../../../../src/audit/subjects';
import { completeTckn } from '../../../../src/core/nationalId';
import { logged } from '../../../support/audit';
import { refusedBy } from '../refused';
import { type Ask, closeClean, expectProblem, loggedFor } from '../support';
import { everybody, type Office, office } from './support';

const concerned = completeTckn('412345678');
const given = {
  id: concerned,
  on: '2026-01-15',
  data: { 'iskur.agents': ['fullName', 'status'], 'emetip.workers': ['season'] },
  identity: 'in-person',
  document: 'E-88',
};
const release = {
  party: 'cgm',
  receiver: 'Örnek Üniversitesi',
  data: { 'iskur.agents': ['status'] },
  scope: 'il bazında sayılar',
  document: 'E-77',
  approvedOn: '2026-01-15',
};
const revocation = { document: 'E-90' };
/** Each address with the role that it is for, in an order in which all can be done. */
const routes = [
  ['recordGiven', '/v1/registers/given', { body: given }, 'query'],
  ['listGiven', '/v1/registers/given', {}, 'query'],
  ['searchGiven', '/v1/registers/given/search', { body: { id: concerned } }, 'query'],
  ['revokeGiven', '/v1/registers/given/999/revocation', { body: revocation }, 'query'],
  ['recordRelease', '/v1/registers/releases', { body: release }, 'approver'],
  ['listReleases', '/v1/registers/releases', {}, 'approver'],
  ['revokeRelease', '/v1/registers/releases/999/revocation', { body: revocation }, 'approver'],
] as const;

describe('the registers, over the API', () => {
  let it: Office;
  type Role = Parameters<Office['person']>[1];
  const as = (party: string, role: Role, [operation, where]: readonly [string, string, ...unknown[]], options: Ask = {}) =>
    it.ask(it.person(party, role), operation, where, options);
  const [add, list, search, , approve, listed] = routes;
  const entries = async (party: string, role: Role, route: typeof list | typeof listed, query = '') => {
    const answer = await as(party, role, [route[0], `${route[1]}${query}`]);
    expect(answer.status).toBe(200);
    return answer.json as { entries: any[]; next?: number };
  };
  const operationsOf = async (party: string, role: Role) =>
    (await logged(it.broker.database.db, { by: `person:${it.person(party, role).id}` })).map(({ action }) => action);

  beforeAll(async () => {
    it = await office({ work: false });
  });
  afterAll(() => closeClean(it.broker));

  test.each(routes)('%s: one role alone, and each try is logged', async (operation, where, options, role) => {
    for (const [party, held] of everybody(['cgm', 'iskur'])) {
      if (held === role) continue;
      const answer = await as(party, held, [operation, where], options);
      expectProblem(answer, 403, 'role-refused');
      expect(await loggedFor(it.broker, answer)).toMatchObject([
        { party, person: it.person(party, held).id, action: expect.stringMatching(/^register (given|release) \w+$/), code: 'role-refused' },
      ]);
    }
    expectProblem(await it.api.ask(where, options), 401, 'not-authenticated');
  });

  test('an officer records what was given to the person concerned; colleagues see it, and find it by the number', async () => {
    const officer = it.person('cgm', 'query');
    const made = await as('cgm', 'query', add, { body: given });
    const { entry } = made.json;
    const { id: _, ...told } = given;
    const shown = { entry, ...told, officer: officer.id, purpose: 'given to the person concerned (V.Ç.4)', revokedAt: null };
    expect((await entries('cgm', 'query', list)).entries).toEqual([{ ...shown, recordedAt: expect.any(String) }]);
    const found = await as('cgm', 'query', search, { body: { id: concerned } });
    expect(found.json.entries).toMatchObject([{ entry }]);
    for (const other of [completeTckn('412345679')])
      expect((await as('cgm', 'query', search, { body: { id: other } })).json.entries).toEqual([]);
    expect(JSON.stringify([made.json, found.json])).not.toContain(concerned);
    const { keys, agreement } = it.broker.app.broker;
    const subject = await subjectOf(keys, agreement.id, concerned);
    const about = (await logged(it.broker.database.db, { by: `person:${officer.id}` })).filter((one) => one.subjects?.equals(subject));
    expect(about.map(({ action }) => action)).toEqual(['register given add', 'register given find']);
    expect(await loggedFor(it.broker, made)).toMatchObject([
      { kind: 'access', action: 'register given add', decision: 'allow', article: 'V.Ç.6' },
    ]);
  });

  test('what one party gave is not the other’s to see or take back', async () => {
    const { entry } = (await as('cgm', 'query', add, { body: given })).json;
    expect((await entries('iskur', 'query', list)).entries).toEqual([]);
    expect((await as('iskur', 'query', search, { body: { id: concerned } })).json.entries).toEqual([]);
    const where = ['revokeGiven', `/v1/registers/given/${entry}/revocation`] as const;
    const foreign = await as('iskur', 'query', where, { body: revocation });
    expectProblem(foreign, 404, 'not-found');
    expect((await loggedFor(it.broker, foreign)).map(({ action, code }) => [action, code])).toEqual([
      ['register given revoke', null],
      ['register given revoke', 'not-found'],
    ]);
    expect((await as('cgm', 'query', where, { body: revocation })).json).toEqual({ entry });
    expectProblem(await as('cgm', 'query', where, { body: revocation }), 409, 'state-conflict');
    expect((await entries('cgm', 'query', list, '?limit=1')).entries).toMatchObject([{ entry, revokedAt: expect.any(String) }]);
  });

  test('pages lead from the newest entry to the oldest, and each stands on one of them', async () => {
    for (let i = 0; i < 4; i += 1) await as('cgm', 'query', add, { body: given });
    const whole = (await entries('cgm', 'query', list)).entries.map(({ entry }) => entry);
    const seen: number[] = [];
    for (let before = ''; ; ) {
      const page = await entries('cgm', 'query', list, `?limit=2${before}`);
      expect(page.entries.length).toBeLessThanOrEqual(2);
      seen.push(...page.entries.map(({ entry }) => entry));
      if (page.next === undefined) break;
      before = `&before=${page.next}`;
    }
    expect(seen).toEqual(whole);
    expect(seen.length).toBeGreaterThan(4);
    expect(seen).toEqual([...seen].sort((a, b) => b - a));
  });

  test('an approver of the owner records what was approved; both parties see it, and the owner takes it back', async () => {
    const { id: approver } = it.person('iskur', 'approver');
    const { entry } = (await as('iskur', 'approver', approve, { body: { ...release, validUntil: '2026-02-01' } })).json;
    const shown = { entry, owner: 'iskur', ...release, approver, validUntil: '2026-02-01', standing: 'ended', revokedAt: null };
    for (const party of ['iskur', 'cgm'])
      expect((await entries(party, 'approver', listed)).entries).toEqual([{ ...shown, recordedAt: expect.any(String) }]);
    const where = ['revokeRelease', `/v1/registers/releases/${entry}/revocation`] as const;
    expectProblem(await as('cgm', 'approver', where, { body: revocation }), 404, 'not-found');
    expect((await as('iskur', 'approver', where, { body: revocation })).status).toBe(200);
    expect((await entries('cgm', 'approver', listed)).entries).toMatchObject([{ entry, standing: 'revoked' }]);
    expect(await operationsOf('iskur', 'approver')).toEqual(['register release add', 'register release revoke']);
    expect(await operationsOf('cgm', 'approver')).toEqual([]);
  });

  test('nobody approves a release of another’s data, and that it was tried is logged', async () => {
    const asking = await as('cgm', 'approver', approve, { body: release });
    expectProblem(asking, 403, 'approver-refused');
    expect(await loggedFor(it.broker, asking)).toMatchObject([
      { action: 'register release add', decision: 'allow' },
      { action: 'register release add', decision: 'refuse', code: 'approver-refused' },
    ]);
    expectProblem(await as('iskur', 'approver', approve, { body: { ...release, party: 'iskur' } }), 400, 'request-invalid');
    expectProblem(await as('iskur', 'approver', approve, { body: { ...release, data: { none: ['x'] } } }), 404, 'not-found');
  });

  test('what is malformed is refused without what was sent, and nothing is recorded', async () => {
    const refused = refusedBy(it.broker);
    for (const [route, role, body, code] of [
      [add, 'query', { ...given, id: '12345678901' }, 'id-invalid'],
      [add, 'query', { ...given, on: '2999-01-01' }, 'request-invalid'],
      [add, 'query', { ...given, on: 'today' }, 'request-invalid'],
      [add, 'query', { ...given, identity: 'telephone' }, 'request-invalid'],
      [add, 'query', { ...given, data: {} }, 'request-invalid'],
      [add, 'query', { ...given, data: { 'iskur.agents': ['nothing'] } }, 'request-invalid'],
      [add, 'query', { ...given, document: concerned }, 'request-invalid'],
      [add, 'query', { ...given, officer: 1 }, 'request-invalid'],
      [add, 'query', { ...given, party: 'iskur' }, 'request-invalid'],
      [search, 'query', { id: '12345678901' }, 'id-invalid'],
      [approve, 'approver', { ...release, approver: 1 }, 'request-invalid'],
      [approve, 'approver', { ...release, validUntil: '2026-01-14' }, 'request-invalid'],
      [approve, 'approver', { ...release, receiver: concerned }, 'request-invalid'],
    ] as const)
      await refused(as('iskur', role, route, { body }), 400, code, [concerned, '12345678901']);
    const large = { ...given, data: { 'iskur.agents': Array(199).fill('x'.repeat(100)) } };
    await refused(as('iskur', 'query', add, { body: large }), 413, 'too-large');
    expect((await entries('iskur', 'query', list)).entries).toEqual([]);
  });
});

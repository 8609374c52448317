import { whoOfToken } from '../../../src/access/who';
import { istanbulDate } from '../../../src/core/dates';
import { explainAccess, grantPerson, listGrants, reviewGrant, revokeGrant } from '../../../src/operations/people/grants';
import { logged } from '../../support/audit';
import { type TestBroker, testBroker } from '../../support/broker';
import { somebody } from '../../support/people';

const dataset = 'cts.children';

/** Own grants on sensitive data (policy; Board decision 2018/10): by name, with an end, looked at again, revoked at once. */
describe('a person’s own grant', () => {
  let broker: TestBroker;
  let now = new Date('2027-01-10T09:00:00Z');
  let person: { id: number; token: string };

  beforeAll(async () => {
    broker = await testBroker({ agents: 10, workers: 10, children: 10, work: false, clock: () => now });
    person = await somebody(broker.app.broker, 'cgm', {}, { grants: false });
  });
  beforeEach(() => {
    now = new Date('2027-01-10T09:00:00Z');
  });
  afterAll(() => broker.close());

  const deps = () => broker.app.broker;
  const asked = { action: 'records', dataset, purpose: 'child-labour', case: 'T-1', address: '10.1.2.3' } as const;
  const outcome = async () => {
    const decision = await explainAccess(deps(), { person: person.id, ...asked });
    return decision.allow ? 'open' : decision.code;
  };
  const give = (until: string, from?: string) =>
    grantPerson(deps(), { person: person.id, dataset, until, from, document: 'Olur 1' }, 'test');

  test('opens what was closed, from its first day to its last, in Istanbul', async () => {
    expect(await outcome()).toBe('personal-grant-missing');
    const { id } = await give('2027-01-20', '2027-01-11');
    expect(await outcome()).toBe('personal-grant-missing');
    now = new Date('2027-01-10T21:00:00Z');
    expect(await outcome()).toBe('open');
    now = new Date('2027-01-20T20:59:59Z');
    expect(await outcome()).toBe('open');
    now = new Date('2027-01-20T21:00:00Z');
    expect(await outcome()).toBe('personal-grant-missing');
    expect((await listGrants(deps(), { person: person.id })).find((g) => g.id === id)?.standing).toBe('ended');
  });

  test('ends with its revocation, at the next request of whoever holds a token', async () => {
    const { id } = await give('2027-12-31');
    const grants = async () => (await whoOfToken(broker.app.db, person.token, now))?.grants.filter((g) => g.until === '2027-12-31');
    expect(await grants()).toHaveLength(1);
    expect(await outcome()).toBe('open');
    await revokeGrant(deps(), id, 'test');
    expect(await grants()).toEqual([]);
    expect(await outcome()).toBe('personal-grant-missing');
    await expect(revokeGrant(deps(), id, 'test')).rejects.toMatchObject({ code: 'not-found' });
    const entries = await logged(broker.app.db, { detail: { grant: id } });
    expect(entries.map(({ action, by }) => [action, by])).toEqual([
      ['access grant', 'test'],
      ['access revoke', 'test'],
    ]);
  });

  test('is due for review after the agreement’s days, and again after each look', async () => {
    const days = broker.app.agreement.datasets[dataset]?.perPerson?.reviewDays as number;
    const { id, reviewOn } = await give('2029-01-01');
    const due = async () => (await listGrants(deps(), { due: true })).map((grant) => grant.id);
    const later = new Date(now.getTime() + days * 24 * 3_600_000);
    expect(reviewOn).toBe(istanbulDate(later));
    expect(await due()).toEqual([]);
    now = later;
    expect(await due()).toEqual([id]);
    await reviewGrant(deps(), id, 'test');
    expect(await due()).toEqual([]);
    await revokeGrant(deps(), id, 'test');
  });

  test.each<[string, object, string]>([
    ['a dataset that needs none', { dataset: 'emetip.workers' }, 'request-invalid'],
    ['an end before its beginning', { until: '2027-01-01', from: '2027-02-01' }, 'request-invalid'],
    ['an end that has passed', { until: '2027-01-09' }, 'request-invalid'],
    ['nobody', { person: 999_999 }, 'not-found'],
  ])('is not given for %s', async (_what, over, code) => {
    const before = await listGrants(deps());
    await expect(
      grantPerson(deps(), { person: person.id, dataset, until: '2027-06-01', document: 'x', ...over }, 'test'),
    ).rejects.toMatchObject({ code });
    expect(await listGrants(deps())).toEqual(before);
  });
});

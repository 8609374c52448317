import { removePerson } from '../../../src/access/people/store';
import { completeTckn } from '../../../src/core/nationalId';
import type { Broker } from '../../../src/operations/broker';
import { knownPerson } from '../../../src/operations/people/acting';
import { revokeEntry } from '../../../src/operations/registers/entries';
import { listReleases, type ReleaseAsked, recordRelease } from '../../../src/operations/registers/releases';
import { logged } from '../../support/audit';
import { somebody } from '../../support/people';
import { type Registers, registers } from './support';

/** Ek-2 4.1.2: what the owner approved in writing to be released. */
describe('the register of releases that the owner approved', () => {
  let r: Registers;
  let broker: Broker;
  let asked: ReleaseAsked;

  beforeAll(async () => {
    r = await registers('2026-11-22T09:00:00Z');
    broker = r.broker;
    asked = {
      party: 'cgm',
      receiver: 'Örnek Üniversitesi',
      data: { 'iskur.agents': ['status'] },
      scope: 'il bazında sayılar, bir araştırma için',
      approver: r.people.iskurApprover,
      document: 'E-2026/77',
      approvedOn: '2026-11-20',
      validUntil: '2026-12-31',
    };
  });
  beforeEach(() => r.to('2026-11-22T09:00:00Z'));
  afterAll(() => r.drop());

  const count = async () => (await r.database.db.pool.query('select count(*)::int as n from release_entry')).rows[0].n as number;

  test('an entry says whose data may go to whom, on whose approval, and until when', async () => {
    const id = await recordRelease(broker, asked, 'cli');
    const { approvedOn, validUntil, ...same } = asked;
    const entry = {
      id,
      ...same,
      approvedOn,
      validUntil,
      owner: 'iskur',
      recordedAt: broker.clock(),
      revokedAt: null,
      standing: 'in force',
    };
    expect((await listReleases(broker)).find((one) => one.id === id)).toEqual(entry);
    expect(await logged(broker.db, { action: 'register release add' })).toMatchObject([
      { kind: 'operation', by: 'cli', detail: { entry: id, owner: 'iskur', approver: r.people.iskurApprover, document: 'E-2026/77' } },
    ]);
    expect((await listReleases(broker, { party: 'iskur' })).map((one) => one.id)).toEqual([]);
  });

  test('it stands until its last day in Istanbul; without one until it is taken back', async () => {
    const [ending, open] = [
      await recordRelease(broker, asked, 'cli'),
      await recordRelease(broker, { ...asked, validUntil: undefined }, 'cli'),
    ];
    const standing = async (id: number) => (await listReleases(broker)).find((one) => one.id === id)?.standing;
    r.to('2026-12-31T20:59:59Z');
    expect([await standing(ending), await standing(open)]).toEqual(['in force', 'in force']);
    r.to('2026-12-31T21:00:00Z');
    expect([await standing(ending), await standing(open)]).toEqual(['ended', 'in force']);
    await revokeEntry(broker, { register: 'release', entry: open }, 'E-2027/1', 'cli');
    expect(await standing(open)).toBe('revoked');
    expect(await logged(broker.db, { action: 'register release revoke' })).toMatchObject([
      { detail: { entry: open, document: 'E-2027/1' } },
    ]);
    await expect(revokeEntry(broker, { register: 'release', entry: open }, 'E-2027/2', 'cli')).rejects.toMatchObject({
      code: 'state-conflict',
    });
    // The registers are two: the number of an entry of one is none of the other.
    await expect(revokeEntry(broker, { register: 'given', entry: ending }, 'E-2027/2', 'cli')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('nobody approves but an approver of the owner: not the party that asks, not another role', async () => {
    const before = [await count(), (await logged(broker.db)).length];
    for (const approver of [r.people.cgmApprover, r.people.cgm, r.people.iskur])
      await expect(recordRelease(broker, { ...asked, approver }, 'cli')).rejects.toMatchObject({ code: 'approver-refused' });
    await expect(recordRelease(broker, { ...asked, approver: r.people.cgmApprover }, 'cli')).rejects.toThrow(
      /belongs to the party that asks/,
    );
    await expect(recordRelease(broker, { ...asked, approver: 999 }, 'cli')).rejects.toMatchObject({ code: 'not-found' });
    expect([await count(), (await logged(broker.db)).length]).toEqual(before);
    // The other way round it is the other's approver.
    const reverse = { ...asked, party: 'iskur', data: { 'emetip.workers': ['season'] } };
    await expect(recordRelease(broker, reverse, 'cli')).rejects.toMatchObject({ code: 'approver-refused' });
    expect(await recordRelease(broker, { ...reverse, approver: r.people.cgmApprover }, 'cli')).toBeGreaterThan(0);
  });

  test('an approver counts who could act on the day of the approval', async () => {
    const before = await count();
    const approver = async (changes: Parameters<typeof somebody>[2]) =>
      (await somebody(broker, 'iskur', { roles: ['approver'], ...changes })).id;
    const gone = await approver({});
    await removePerson(broker.db, await knownPerson(broker.db, gone), { document: 'x', at: broker.clock(), by: 'test' });
    for (const [id, why] of [
      [await approver({ validFrom: '2026-11-21' }), 'not-yet'],
      [await approver({ validUntil: '2026-11-19' }), 'expired'],
      [await approver({ trainedOn: '2026-11-21' }), 'untrained'],
      [gone, 'removed'],
    ] as const)
      await expect(recordRelease(broker, { ...asked, approver: id }, 'cli')).rejects.toMatchObject({
        code: 'approver-refused',
        message: expect.stringContaining(why),
      });
    expect(await count()).toBe(before);
    const until = await approver({ validFrom: '2026-11-20', validUntil: '2026-11-20' });
    expect(await recordRelease(broker, { ...asked, approver: until }, 'cli')).toBeGreaterThan(0);
  });

  test('what is wrong is refused, and nothing is written', async () => {
    const before = await count();
    for (const [wrong, code] of [
      [{ party: 'nobody' }, 'not-found'],
      [{ party: 'iskur' }, 'request-invalid'],
      [{ data: { 'iskur.agents': ['status'], 'emetip.workers': ['season'] } }, 'request-invalid'],
      [{ data: { 'joint.agents': ['listed'] } }, 'request-invalid'],
      [{ data: {} }, 'request-invalid'],
      [{ approvedOn: '2026-11-23' }, 'request-invalid'],
      [{ validUntil: '2026-11-19' }, 'request-invalid'],
      [{ validUntil: 'soon' }, 'request-invalid'],
      [{ receiver: '' }, 'request-invalid'],
      [{ receiver: `Kişi ${completeTckn('412345678')}` }, 'request-invalid'],
      [{ scope: 'x'.repeat(301) }, 'request-invalid'],
      [{ document: ' ' }, 'request-invalid'],
    ] as [Partial<ReleaseAsked>, string][])
      await expect(recordRelease(broker, { ...asked, ...wrong }, 'cli').catch((error) => [wrong, error.code])).resolves.toEqual([
        wrong,
        code,
      ]);
    expect(await count()).toBe(before);
  });

  test('what cannot be logged is neither recorded nor taken back', async () => {
    const id = await recordRelease(broker, asked, 'cli');
    const before = await count();
    await r.withoutLog(async () => {
      await expect(recordRelease(broker, asked, 'cli')).rejects.toMatchObject({ code: 'audit-unavailable' });
      await expect(revokeEntry(broker, { register: 'release', entry: id }, 'E-1', 'cli')).rejects.toMatchObject({
        code: 'audit-unavailable',
      });
    });
    expect(await count()).toBe(before);
    expect((await listReleases(broker)).find((one) => one.id === id)?.revokedAt).toBeNull();
  });
});

import { subjectOf } from '../../../src/audit/subjects';
import { completeTckn, completeVkn } from '../../../src/core/nationalId';
import type { Broker } from '../../../src/operations/broker';
import { revokeEntry } from '../../../src/operations/registers/entries';
import { findGiven, type GivenAsked, listGiven, recordGiven } from '../../../src/operations/registers/given';
import { logged } from '../../support/audit';
import { type Registers, registers } from './support';

const concerned = completeTckn('412345678');
const other = completeTckn('412345679');

/** V.Ç.4: to nobody but the person concerned. */
describe('the register of what was given to the person concerned', () => {
  let r: Registers;
  let broker: Broker;
  let asked: GivenAsked;

  beforeAll(async () => {
    r = await registers('2026-11-22T09:00:00Z');
    broker = r.broker;
    asked = {
      party: 'cgm',
      on: '2026-11-20',
      officer: r.people.cgm,
      nationalId: concerned,
      data: { 'iskur.agents': ['fullName', 'status', 'status'], 'emetip.workers': ['season'] },
      identity: 'in-person',
      document: 'E-2026/88',
    };
  });
  afterAll(() => r.drop());

  const rows = async () => (await r.database.db.pool.query('select * from given_entry order by id')).rows;

  test('an entry says who gave what when, and whose it was under the log’s key alone', async () => {
    const id = await recordGiven(broker, asked, 'cli');
    expect((await listGiven(broker)).find((one) => one.id === id)).toEqual({
      id,
      party: 'cgm',
      on: '2026-11-20',
      officer: r.people.cgm,
      data: { 'iskur.agents': ['fullName', 'status'], 'emetip.workers': ['season'] },
      identity: 'in-person',
      document: 'E-2026/88',
      purpose: expect.stringContaining('V.Ç.4'),
      recordedAt: new Date('2026-11-22T09:00:00Z'),
      revokedAt: null,
    });
    const subject = await subjectOf(broker.keys, broker.agreement.id, concerned);
    expect((await rows()).map((row) => row.subject)).toEqual([subject]);
    const [entry] = await logged(broker.db, { action: 'register given add' });
    expect(entry).toMatchObject({ kind: 'operation', by: 'cli', subjects: subject, detail: { entry: id, officer: r.people.cgm } });
    // Nowhere in clear: not in the row, not in the log.
    expect(JSON.stringify([await rows(), await logged(broker.db)])).not.toContain(concerned);
  });

  test('by the number the person’s entries are found, and that is logged first', async () => {
    await recordGiven(broker, { ...asked, nationalId: other, identity: 'e-devlet' }, 'cli');
    const found = await findGiven(broker, other, 'cli');
    expect(found.map(({ identity }) => identity)).toEqual(['e-devlet']);
    expect(await findGiven(broker, completeTckn('412345670'), 'cli')).toEqual([]);
    const looks = await logged(broker.db, { action: 'register given find' });
    expect(looks.map(({ subjects }) => subjects)).toEqual([
      await subjectOf(broker.keys, broker.agreement.id, other),
      await subjectOf(broker.keys, broker.agreement.id, completeTckn('412345670')),
    ]);
    const unlogged = { ...broker, audit: { append: () => Promise.reject(new Error('away')) } };
    await expect(findGiven(unlogged, other, 'cli')).rejects.toThrow('away');
  });

  test('of one party alone', async () => {
    await recordGiven(broker, { ...asked, party: 'iskur', officer: r.people.iskur, nationalId: completeVkn('453692051') }, 'cli');
    expect((await listGiven(broker, 'iskur')).map(({ officer }) => officer)).toEqual([r.people.iskur]);
    await expect(listGiven(broker, 'nobody')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('what is wrong is refused, and nothing is written', async () => {
    const before = [await rows(), (await logged(broker.db)).length];
    for (const [wrong, code] of [
      [{ party: 'nobody' }, 'not-found'],
      [{ on: '2026-11-23' }, 'request-invalid'],
      [{ on: '20.11.2026' }, 'request-invalid'],
      [{ officer: 999 }, 'not-found'],
      [{ officer: r.people.iskur }, 'request-invalid'],
      [{ nationalId: '12345678901' }, 'id-invalid'],
      [{ data: {} }, 'request-invalid'],
      [{ data: { 'no.such': ['x'] } }, 'not-found'],
      [{ data: { 'iskur.agents': [] } }, 'request-invalid'],
      [{ data: { 'iskur.agents': ['salary'] } }, 'request-invalid'],
      [{ identity: 'by-phone' }, 'request-invalid'],
      [{ document: ' ' }, 'request-invalid'],
      [{ document: `E-${other}` }, 'request-invalid'],
      [{ document: `E ${other.replace(/^(...)(...)(...)/, '$1 $2 $3 ')}` }, 'request-invalid'],
    ] as [Partial<GivenAsked>, string][]) {
      const refusal = await recordGiven(broker, { ...asked, ...wrong }, 'cli').catch((error) => error);
      expect([wrong, refusal.code]).toEqual([wrong, code]);
      expect(`${refusal.message} ${refusal.hint}`).not.toMatch(/\d{11}/);
    }
    expect([await rows(), (await logged(broker.db)).length]).toEqual(before);
  });

  test('an entry is taken back by a later one, once; both stay', async () => {
    const [{ id } = { id: 0 }] = await findGiven(broker, concerned, 'cli');
    await revokeEntry(broker, { register: 'given', entry: id }, 'E-2026/90', 'cli');
    expect((await listGiven(broker)).find((one) => one.id === id)?.revokedAt).toEqual(new Date('2026-11-22T09:00:00Z'));
    const [entry] = await logged(broker.db, { action: 'register given revoke' });
    expect(entry).toMatchObject({ detail: { entry: id, document: 'E-2026/90' }, subjects: (await rows())[0].subject });
    await expect(revokeEntry(broker, { register: 'given', entry: id }, 'E-2026/91', 'cli')).rejects.toMatchObject({
      code: 'state-conflict',
    });
    await expect(revokeEntry(broker, { register: 'given', entry: 999 }, 'E-2026/91', 'cli')).rejects.toMatchObject({ code: 'not-found' });
    expect(await logged(broker.db, { action: 'register given revoke' })).toHaveLength(1);
  });

  test('the register’s rows cannot be changed, shortened or emptied', async () => {
    const { pool } = r.database.db;
    for (const table of ['given_entry', 'register_revocation', 'release_entry'])
      for (const statement of [`update ${table} set document = 'x'`, `delete from ${table}`, `truncate ${table}`])
        await expect(pool.query(statement)).rejects.toThrow('append-only');
  });

  test('what cannot be logged is not recorded', async () => {
    const before = (await rows()).length;
    await r.withoutLog(async () => {
      await expect(recordGiven(broker, asked, 'cli')).rejects.toMatchObject({ code: 'audit-unavailable' });
    });
    expect((await rows()).length).toBe(before);
  });
});

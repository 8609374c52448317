import { subjectOf } from '../../../src/audit/subjects';
import { completeTckn } from '../../../src/core/nationalId';
import type { Broker } from '../../../src/operations/broker';
import { countDuties } from '../../../src/operations/incidents/counts';
import {
  answerSubjectRequest,
  dueOf,
  listSubjectRequests,
  openSubjectRequest,
  type SubjectRequestAsked,
} from '../../../src/operations/subjects/requests';
import { logged } from '../../support/audit';
import { type Registers, registers } from '../registers/support';

const concerned = completeTckn('412345678');

describe('the register of people’s requests', () => {
  let r: Registers;
  let broker: Broker;
  let asked: SubjectRequestAsked;

  beforeAll(async () => {
    r = await registers('2026-11-22T09:00:00Z');
    broker = r.broker;
    asked = {
      party: 'cgm',
      officer: r.people.cgm,
      nationalId: concerned,
      receivedOn: '2026-11-20',
      identity: 'e-devlet',
      document: 'B-2026/1',
    };
    for (const [receivedOn, document] of [
      ['2026-11-20', 'B-2026/1'],
      ['2026-11-22', 'B-2'],
      ['2026-11-01', 'B-3'],
    ] as const)
      await openSubjectRequest(broker, { ...asked, receivedOn, document }, 'cli');
  });
  beforeEach(() => r.to('2026-11-22T09:00:00Z'));
  afterAll(() => r.drop());

  const rows = async () => (await r.database.db.pool.query('select * from subject_request order by id')).rows;

  test('one is due thirty days after it came, and whose it is stands under the log’s key alone', async () => {
    expect((await listSubjectRequests(broker))[1]).toEqual({
      id: 1,
      party: 'cgm',
      receivedOn: '2026-11-20',
      dueOn: '2026-12-20',
      daysLeft: 28,
      identity: 'e-devlet',
      document: 'B-2026/1',
      officer: r.people.cgm,
      recordedAt: new Date('2026-11-22T09:00:00Z'),
      outcome: null,
      answerDocument: null,
      answeredAt: null,
    });
    const subject = await subjectOf(broker.keys, broker.agreement.id, concerned);
    expect((await rows()).map((row) => row.subject)).toEqual([subject, subject, subject]);
    const [entry] = await logged(broker.db, { action: 'subject open' });
    expect(entry).toMatchObject({ kind: 'operation', by: 'cli', subjects: subject, detail: { request: 1, receivedOn: '2026-11-20' } });
    expect(JSON.stringify([await rows(), await logged(broker.db)])).not.toContain(concerned);
  });

  test.each([
    ['2026-11-20', '2026-11-20', '2026-12-20', 30],
    ['2026-11-20', '2026-12-20', '2026-12-20', 0],
    ['2026-11-20', '2026-12-21', '2026-12-20', -1],
    ['2028-01-31', '2028-02-29', '2028-03-01', 1],
  ])('received on %s, on %s it is due on %s, in %p days', (received, today, dueOn, daysLeft) => {
    expect(dueOf(received, today)).toEqual({ dueOn, daysLeft });
  });

  test('those that are due first stand first, by the day in Istanbul; overdue ones are counted', async () => {
    const overdue = async () => (await countDuties(broker)).clocks.find(({ clock }) => clock === 'subject-request')?.overdue;
    r.to('2026-12-01T20:59:59Z');
    expect((await listSubjectRequests(broker)).map(({ id, daysLeft }) => [id, daysLeft])).toEqual([
      [3, 0],
      [1, 19],
      [2, 21],
    ]);
    expect(await overdue()).toBe(0);
    r.to('2026-12-01T21:00:00Z');
    expect((await listSubjectRequests(broker))[0]).toMatchObject({ id: 3, daysLeft: -1 });
    expect(await overdue()).toBe(1);
    expect((await countDuties(broker)).subjectRequests).toEqual([{ open: 3 }]);
    expect(await listSubjectRequests(broker, { party: 'iskur' })).toEqual([]);
  });

  test('it is closed once, by its own party, and then listed only if asked for', async () => {
    const end = (changes: object = {}) =>
      answerSubjectRequest(broker, 1, { outcome: 'answered', document: 'C-1', ...changes }, 'cli').catch(({ code }) => code);
    expect(await end({ onlyParty: 'iskur' })).toBe('not-found');
    expect(await end({ outcome: 'forgotten' })).toBe('request-invalid');
    expect(await end({ document: concerned })).toBe('request-invalid');
    expect(await end({ onlyParty: 'cgm' })).toBeUndefined();
    expect(await end({ outcome: 'withdrawn' })).toBe('state-conflict');
    expect((await listSubjectRequests(broker)).map(({ id }) => id)).toEqual([3, 2]);
    expect((await listSubjectRequests(broker, { closed: true }))[2]).toMatchObject({
      ...{ id: 1, outcome: 'answered', answerDocument: 'C-1', daysLeft: null },
    });
    expect((await logged(broker.db, { action: 'subject answer' })).map(({ detail }) => detail)).toEqual([
      { request: 1, outcome: 'answered', document: 'C-1' },
    ]);
    await expect(answerSubjectRequest(broker, 99, { outcome: 'answered', document: 'C' }, 'cli')).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('what is wrong is refused, and nothing is written', async () => {
    const before = [await rows(), (await logged(broker.db)).length];
    for (const [wrong, code] of [
      [{ party: 'nobody' }, 'not-found'],
      [{ receivedOn: '2099-01-01' }, 'request-invalid'],
      [{ receivedOn: '20.11.2026' }, 'request-invalid'],
      [{ officer: 999 }, 'not-found'],
      [{ officer: r.people.iskur }, 'request-invalid'],
      [{ nationalId: '12345678901' }, 'id-invalid'],
      [{ identity: 'by-phone' }, 'request-invalid'],
      [{ document: '' }, 'request-invalid'],
      [{ document: `B ${concerned}` }, 'request-invalid'],
    ] as [Partial<SubjectRequestAsked>, string][]) {
      const refusal = await openSubjectRequest(broker, { ...asked, ...wrong }, 'cli').catch((error) => error);
      expect([wrong, refusal.code]).toEqual([wrong, code]);
      expect(`${refusal.message} ${refusal.hint}`).not.toMatch(/\d{11}/);
    }
    await r.withoutLog(async () => {
      await expect(openSubjectRequest(broker, asked, 'cli')).rejects.toMatchObject({ code: 'audit-unavailable' });
    });
    expect([await rows(), (await logged(broker.db)).length]).toEqual(before);
  });

  test('requests and answers cannot be changed, shortened or emptied', async () => {
    const { pool } = r.database.db;
    for (const table of ['subject_request', 'subject_answer'])
      for (const statement of [`update ${table} set document = 'x'`, `delete from ${table}`, `truncate ${table} cascade`])
        await expect(pool.query(statement)).rejects.toThrow('append-only');
  });
});

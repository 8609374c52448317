import type { AuditEntry } from '../../../src/audit/entry';
import type { Broker } from '../../../src/operations/broker';
import { listIncidents, recordIncidentEvent, showIncident } from '../../../src/operations/incidents/register';
import { watchReading } from '../../../src/operations/incidents/watch';
import { logged } from '../../support/audit';
import { type Registers, registers } from '../registers/support';

const rule = { factor: 5, least: 20, leastBulk: 1000, leastAsked: 10, notFound: 0.5, days: 3, article: 'policy' };
const subject = (n: number) => Buffer.from(String(n).padStart(16, '0'));

describe('the watch over reading', () => {
  let r: Registers;
  let broker: Broker;
  let person = 100;

  beforeAll(async () => {
    r = await registers('2026-11-30T12:00:00Z');
    const { agreement } = r.broker;
    broker = { ...r.broker, agreement: { ...agreement, thresholds: { ...agreement.thresholds, harvest: rule } } };
  });
  beforeEach(() => {
    r.to('2026-11-30T12:00:00Z');
    person += 1;
  });
  afterAll(() => r.drop());

  /** An access as the door logs it, at noon of a day in November. */
  const access = (day: number, action: string, changes: Partial<AuditEntry> = {}) =>
    broker.audit.append({
      at: new Date(Date.UTC(2026, 10, day, 9)),
      requestId: 'test',
      kind: 'access',
      party: 'iskur',
      person,
      action,
      dataset: 'emetip.workers',
      fields: ['season'],
      records: 1,
      decision: 'allow',
      ...changes,
    });
  const records = (day: number, count: number, from = 0) =>
    Promise.all(Array.from({ length: count }, (_, i) => access(day, 'record', { subjects: [subject(from + i)] })));
  const opened = async () => (await watchReading(broker)).opened;
  const harvested = async () => (await listIncidents(broker, { limit: 1000 })).filter((one) => one.person === person);
  const countedOf = async () =>
    (
      await r.database.db.pool.query(
        'select day::text, single::int, bulk::int, asked, not_found, first_seq::int, last_seq::int from harvest_day where person = $1 order by day',
        [person],
      )
    ).rows;

  test('a usual day opens nothing', async () => {
    for (const day of [25, 26, 27]) await records(day, 10);
    await records(30, 40);
    await access(30, 'export', { records: 999 });
    expect(await opened()).toEqual([]);
    expect((await countedOf()).map(({ single, bulk, asked }) => [single, bulk, asked])).toEqual([
      ...Array(3).fill([10, 0, 10]),
      [40, 999, 40],
    ]);
  });

  test('a jump over the person’s own habit opens one incident, with counts, habit and the part of the log', async () => {
    for (const day of [20, 25, 26, 27]) await records(day, day === 20 ? 1000 : 10);
    await opened();
    const first = await access(30, 'records', { records: 7, dataset: 'iskur.agents', fields: ['status', 'fullName'] });
    await records(30, 51);
    const [incident] = await opened();
    const last = await broker.db.pool.query('select max(seq)::int as seq from audit_entry where person = $1', [person]);
    expect(await showIncident(broker, incident as number)).toMatchObject({
      ...{ kind: 'harvesting', party: 'iskur', owner: null, person, day: '2026-11-30', status: 'open', clocks: [] },
      data: { 'emetip.workers': ['season'], 'iskur.agents': ['fullName', 'status'] },
      events: [
        {
          kind: 'opened',
          by: 'schedule',
          slice: { from: first, to: last.rows[0].seq, hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
          detail: {
            counts: { single: 51, bulk: 7, asked: 51, notFound: 0 },
            habit: { single: 10, bulk: 0, asked: 10 },
            reasons: ['single', 'asked'],
          },
        },
      ],
    });
    expect((await logged(broker.db, { action: 'incident open' })).at(-1)).toMatchObject({
      ...{ kind: 'operation', by: 'schedule', subjects: null },
      detail: { incident, person, reasons: ['single', 'asked'] },
    });
  });

  test('a sweep of ids opens one: many that are not there, each counted once, whoever finds them later', async () => {
    for (let n = 0; n < 9; n += 1) await access(30, 'record', { subjects: [subject(n)], records: 0 });
    for (let again = 0; again < 5; again += 1) await access(30, 'record', { subjects: [subject(0)], records: 0 });
    expect(await opened()).toEqual([]);
    await access(30, 'lookup', { subjects: [subject(9)], records: undefined });
    expect((await countedOf())[0]).toMatchObject({ asked: 9, not_found: 9 });
    expect(await opened()).toHaveLength(1);
    expect((await countedOf())[0]).toMatchObject({ asked: 10, not_found: 9, single: 0 });
    await access(30, 'lookup-answer', { subjects: [subject(9)], records: 0, code: 'source-not-found' });
    await access(30, 'record', { subjects: [subject(0)], records: 1 });
    await opened();
    expect((await countedOf())[0]).toMatchObject({ asked: 10, not_found: 9, single: 1 });
    expect((await harvested())[0]?.events[0]?.detail.reasons).toEqual(['sweep']);
  });

  test('a source that failed has not said that somebody is not there', async () => {
    for (let n = 0; n < 12; n += 1) {
      await access(30, 'lookup', { subjects: [subject(n)], records: undefined });
      await access(30, 'lookup-answer', { subjects: [subject(n)], records: 0, code: 'source-fault' });
    }
    expect(await opened()).toEqual([]);
    expect((await countedOf())[0]).toMatchObject({ asked: 12, not_found: 0 });
  });

  test('one opens for a person and a day, however often one looks', async () => {
    await access(29, 'export', { records: 1000 });
    expect(await opened()).toHaveLength(1);
    await access(29, 'export', { records: 5000 });
    expect(await opened()).toEqual([]);
    await access(30, 'export', { records: 5001 });
    expect(await opened()).toEqual([]);
    await access(30, 'export', { records: 40_000 });
    expect(await opened()).toHaveLength(1);
    expect((await harvested()).map(({ day }) => day)).toEqual(['2026-11-30', '2026-11-29']);
  });

  test('the day is Istanbul’s, and refusals, operations and what is no reading count nothing', async () => {
    await access(0, 'record', { at: new Date('2026-11-27T20:59:59Z'), subjects: [subject(1)] });
    await access(0, 'record', { at: new Date('2026-11-27T21:00:00Z'), subjects: [subject(1)] });
    await access(30, 'records', { decision: 'refuse', records: 5000 });
    await access(30, 'audit', { records: 5000 });
    await access(30, 'summary', { records: 5000 });
    await access(30, 'records', { kind: 'operation', records: 5000 });
    expect(await opened()).toEqual([]);
    expect((await countedOf()).map(({ day, single, bulk }) => [day, single, bulk])).toEqual([
      ['2026-11-27', 1, 0],
      ['2026-11-28', 1, 0],
    ]);
  });

  test('what was read after the opening is noted once the day is over, with all of it in the slice', async () => {
    const first = await access(30, 'export', { records: 2000 });
    const [incident] = (await opened()) as [number];
    const last = await access(30, 'export', { records: 3000 });
    await opened();
    expect((await showIncident(broker, incident)).events).toHaveLength(1);
    r.to('2026-11-30T21:00:00Z');
    await access(31, 'datasets');
    await opened();
    await access(31, 'datasets');
    await opened();
    const { events } = await showIncident(broker, incident);
    expect(events.map(({ kind, slice }) => [kind, slice?.from, slice?.to])).toEqual([
      ['opened', first, first],
      ['noted', first, last],
    ]);
    expect(events[1]?.detail).toEqual({ counts: { single: 0, bulk: 5000, asked: 0, notFound: 0 } });
  });

  test('one that has ended meanwhile is left as it is', async () => {
    await access(30, 'export', { records: 2000 });
    const [incident] = (await opened()) as [number];
    await recordIncidentEvent(broker, incident, { kind: 'dismissed', text: 'Aylık aktarım', document: 'E-1' }, { by: 'person:1' });
    await access(30, 'export', { records: 3000 });
    r.to('2026-12-01T12:00:00Z');
    expect(await opened()).toEqual([]);
    expect((await showIncident(broker, incident)).events.map(({ kind }) => kind)).toEqual(['opened', 'dismissed']);
  });

  test('nobody records anything about their own reading', async () => {
    await access(30, 'export', { records: 2000 });
    const [incident] = (await opened()) as [number];
    const dismiss = (self: number) =>
      recordIncidentEvent(broker, incident, { kind: 'dismissed', text: 'x', document: 'E-1' }, { by: `person:${self}`, self });
    await expect(dismiss(person)).rejects.toMatchObject({ code: 'self-refused' });
    await dismiss(1);
  });

  test('it goes on where it was, in bounded steps, and nothing is counted twice by two at once', async () => {
    const { rows } = await r.database.db.pool.query('select max(seq)::int as seq from audit_entry');
    await r.database.db.pool.query(
      `select audit_append(array_agg(body), array_agg(null::bytea)) from (
         select jsonb_build_object('at', '2026-11-30T09:00:00.000Z', 'requestId', 'x', 'kind', 'access', 'party', 'iskur', 'person', $1::int,
                                   'action', 'records', 'records', 0, 'decision', 'allow')::text as body from generate_series(1, 12000)) b`,
      [person],
    );
    const looks = await Promise.all([watchReading(broker), watchReading(broker)]);
    expect(Math.max(...looks.map(({ to }) => to))).toBe(rows[0].seq + 12_000);
    expect(looks.every(({ more }) => !more)).toBe(true);
    expect((await countedOf())[0]).toMatchObject({ first_seq: rows[0].seq + 1, last_seq: rows[0].seq + 12_000 });
    const again = await watchReading(broker);
    expect(again).toEqual({ to: rows[0].seq + 12_000, opened: [], more: false });
  });

  test('who was asked for is forgotten after the last days, and the counts stay', async () => {
    await records(1, 3);
    await records(30, 3);
    await opened();
    const kept = await r.database.db.pool.query('select distinct day::text from harvest_subject where person = $1', [person]);
    expect(kept.rows).toEqual([{ day: '2026-11-30' }]);
    expect((await countedOf()).map(({ day, asked }) => [day, asked])).toEqual([
      ['2026-11-01', 3],
      ['2026-11-30', 3],
    ]);
  });

  test('what cannot be logged is not opened, and the look comes again', async () => {
    await access(30, 'export', { records: 2000 });
    await r.withoutLog(async () => {
      await expect(watchReading(broker)).rejects.toMatchObject({ code: 'audit-unavailable' });
    });
    expect(await harvested()).toEqual([]);
    expect(await opened()).toHaveLength(1);
  });
});

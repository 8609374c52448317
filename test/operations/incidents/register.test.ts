import { completeTckn } from '../../../src/core/nationalId';
import type { Broker } from '../../../src/operations/broker';
import { countDuties } from '../../../src/operations/incidents/counts';
import {
  type EventAsked,
  type IncidentAsked,
  incidentSlice,
  listIncidents,
  openIncident,
  recordIncidentEvent,
  showIncident,
} from '../../../src/operations/incidents/register';
import { instantOf } from '../../../src/operations/incidents/texts';
import { logged } from '../../support/audit';
import { type Registers, registers } from '../registers/support';

const id = completeTckn('412345678');

describe('the register of incidents', () => {
  let r: Registers;
  let broker: Broker;
  const breach: IncidentAsked = {
    kind: 'breach',
    party: 'cgm',
    what: 'Bir dosya yanlış kuruma gönderildi',
    data: { 'iskur.agents': ['fullName', 'phone'] },
  };
  const compelled: IncidentAsked = { ...breach, kind: 'compelled', receiver: 'Mahkeme', ground: '2026/12 E.' };
  const code = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error) => error.code,
    );
  const record = (incident: number, kind: string, more: Partial<EventAsked> = {}) =>
    code(recordIncidentEvent(broker, incident, { kind, document: 'E-1', text: 'not', ...more }, { by: 'cli' }));
  const state = async (incident: number) => (await showIncident(broker, incident)).events.map(({ kind }) => kind);
  const rows = async () => (await r.database.db.pool.query('select count(*)::int as n from incident_event')).rows[0].n;

  beforeAll(async () => {
    r = await registers('2026-11-22T09:00:00Z');
    broker = r.broker;
  });
  beforeEach(() => r.to('2026-11-22T09:00:00Z'));
  afterAll(() => r.drop());

  test('a breach: since when it is known, whose data, a fixed part of the log, and its clocks', async () => {
    const last = await broker.audit.append({ ...someEntry, at: new Date() });
    const asked = { ...breach, awareAt: new Date('2026-11-21T09:00:00Z'), slice: { from: 1, to: last }, people: 120 };
    const incident = await openIncident(broker, asked, 'cli');
    const hash = (await r.database.db.pool.query('select hash from audit_entry where seq = $1', [last])).rows[0].hash.toString('hex');
    expect(await showIncident(broker, incident)).toMatchObject({
      ...{ id: incident, kind: 'breach', party: 'cgm', owner: 'iskur', status: 'open', data: breach.data, person: null },
      awareAt: new Date('2026-11-21T09:00:00Z'),
      events: [{ kind: 'opened', text: breach.what, detail: { people: 120 }, slice: { from: 1, to: last, hash }, by: 'cli' }],
      clocks: [
        { clock: 'owner-notice', dueAt: new Date('2026-11-22T09:00:00Z'), state: 'running' },
        { clock: 'authority-notice', dueAt: new Date('2026-11-24T09:00:00Z'), state: 'running' },
      ],
    });
    expect(await incidentSlice(broker, incident)).toMatchObject({ from: 1, to: last });
    const [entry] = await logged(broker.db, { action: 'incident open' });
    expect(entry).toMatchObject({
      kind: 'operation',
      by: 'cli',
      detail: { incident, kind: 'breach', owner: 'iskur', slice: { to: last, hash } },
    });
  });

  test('a breach is closed once owner and authority were told, each once', async () => {
    const incident = await openIncident(broker, breach, 'cli');
    expect(await record(incident, 'closed')).toBe('state-conflict');
    expect(await record(incident, 'owner-notified')).toBeUndefined();
    expect(await record(incident, 'owner-notified')).toBe('state-conflict');
    expect(await record(incident, 'closed')).toBe('state-conflict');
    expect(await record(incident, 'noted')).toBeUndefined();
    expect(await record(incident, 'noted')).toBeUndefined();
    expect(await record(incident, 'authority-notified')).toBeUndefined();
    expect(await record(incident, 'disclosed', { data: breach.data })).toBe('request-invalid');
    expect(await record(incident, 'closed')).toBeUndefined();
    expect(await state(incident)).toEqual(['opened', 'owner-notified', 'noted', 'noted', 'authority-notified', 'closed']);
    for (const kind of ['noted', 'dismissed', 'closed']) expect(await record(incident, kind)).toBe('state-conflict');
    const did = (await logged(broker.db)).filter(({ action }) => action.startsWith('incident ') && action !== 'incident open');
    expect(did.map(({ action }) => action)).toEqual((await state(incident)).slice(1).map((kind) => `incident ${kind}`));
  });

  test('compelled: nothing is disclosed before the written notice, and no more than it names', async () => {
    const incident = await openIncident(broker, compelled, 'cli');
    const data = { 'iskur.agents': ['fullName'] };
    expect(await record(incident, 'disclosed', { data })).toBe('state-conflict');
    expect(await record(incident, 'scope-notified')).toBe('state-conflict');
    r.to('2026-11-22T12:00:00Z');
    expect(await record(incident, 'prior-notice', { happenedAt: new Date('2026-11-22T11:00:00Z') })).toBeUndefined();
    // Recorded later, and yet before the notice.
    expect(await record(incident, 'disclosed', { data, happenedAt: new Date('2026-11-22T10:59:59Z') })).toBe('state-conflict');
    expect(await record(incident, 'disclosed', { data: { 'iskur.agents': ['fullName', 'status'] } })).toBe('request-invalid');
    expect(await record(incident, 'disclosed', { data: { 'emetip.workers': ['fullName'] } })).toBe('request-invalid');
    expect(await record(incident, 'disclosed', { data: {} })).toBe('request-invalid');
    expect(await record(incident, 'closed')).toBe('state-conflict');
    expect(await record(incident, 'disclosed', { data, people: 1, happenedAt: new Date('2026-11-22T11:00:00Z') })).toBeUndefined();
    expect(await record(incident, 'closed')).toBe('state-conflict');
    expect(await record(incident, 'dismissed')).toBe('state-conflict');
    expect(await record(incident, 'scope-notified')).toBeUndefined();
    expect(await record(incident, 'closed')).toBeUndefined();
    expect(await state(incident)).toEqual(['opened', 'prior-notice', 'disclosed', 'scope-notified', 'closed']);
    expect((await showIncident(broker, incident)).events[2]?.detail).toEqual({ data, people: 1 });
  });

  test('the database keeps that order, whoever writes', async () => {
    const incident = await openIncident(broker, compelled, 'cli');
    const { pool } = r.database.db;
    const write = (kind: string, at: string) =>
      pool.query(
        `insert into incident_event (incident, kind, happened_at, document, detail, at, by) values ($1, $2, $3, 'x', '{}', now(), 'x')`,
        [incident, kind, at],
      );
    await expect(write('disclosed', '2026-11-22T10:00:00Z')).rejects.toThrow('only after prior-notice');
    await write('prior-notice', '2026-11-22T10:00:00Z');
    await expect(write('disclosed', '2026-11-22T09:59:59Z')).rejects.toThrow('only after prior-notice');
    await expect(write('scope-notified', '2026-11-22T11:00:00Z')).rejects.toThrow('only after disclosed');
    await write('disclosed', '2026-11-22T10:00:00Z');
    await expect(write('disclosed', '2026-11-22T10:00:01Z')).rejects.toThrow('incident_event_once');
    await write('dismissed', '2026-11-22T11:00:00Z');
    await expect(write('noted', '2026-11-22T12:00:00Z')).rejects.toThrow('has ended');
  });

  test('of two who record the same at once, one does', async () => {
    const incident = await openIncident(broker, breach, 'cli');
    const both = await Promise.all([record(incident, 'owner-notified'), record(incident, 'owner-notified')]);
    expect(both.sort()).toEqual(['state-conflict', undefined]);
  });

  test('open ones and overdue duties are counted, and nothing else of them', async () => {
    const before = await countDuties(broker);
    const incident = await openIncident(broker, breach, 'cli');
    r.to('2026-11-23T09:00:01Z');
    const open = (counts: typeof before) => counts.incidents.find(({ kind }) => kind === 'breach')?.open ?? 0;
    const overdue = async () => Object.fromEntries((await countDuties(broker)).clocks.map(({ clock, overdue }) => [clock, overdue]));
    expect(open(await countDuties(broker))).toBe(open(before) + 1);
    const { 'owner-notice': late, 'authority-notice': authority } = (await overdue()) as Record<string, number>;
    await record(incident, 'owner-notified');
    expect(await overdue()).toMatchObject({ 'owner-notice': (late as number) - 1, 'authority-notice': authority });
    r.to('2026-11-25T09:00:01Z');
    expect((await overdue())['authority-notice']).toBeGreaterThan(authority as number);
  });

  test('each party sees what concerns it, the host all', async () => {
    const own: IncidentAsked = { ...breach, party: 'cgm', data: { 'cts.children': ['fullName'] } };
    const children = await openIncident(broker, own, 'cli');
    const theirs = await openIncident(broker, { ...own, party: 'iskur' }, 'cli');
    const seen = async (party?: string) => (await listIncidents(broker, { party, limit: 1000 })).map((one) => one.id);
    expect((await seen('iskur')).includes(children)).toBe(false);
    expect((await seen('iskur')).includes(theirs)).toBe(true);
    expect(await seen('cgm')).toEqual(await seen());
    expect(await code(showIncident(broker, children, 'iskur'))).toBe('not-found');
    expect(await code(showIncident(broker, 999))).toBe('not-found');
    const acting = { by: 'person:1', party: 'iskur' };
    expect(await code(recordIncidentEvent(broker, children, { kind: 'noted', text: 'x' }, acting))).toBe('not-found');
    const newest = (await listIncidents(broker, { limit: 2 })).map((one) => one.id);
    expect(newest).toEqual([theirs, children]);
    expect((await listIncidents(broker, { limit: 1, before: theirs })).map((one) => one.id)).toEqual([children]);
    expect((await listIncidents(broker, { open: true, limit: 1000 })).every(({ status }) => status === 'open')).toBe(true);
  });

  test('what is wrong is refused, and nothing is written', async () => {
    const before = [await rows(), (await logged(broker.db)).length];
    const parted = id.replace(/^(...)(...)(...)/, '$1.$2-$3 ');
    for (const [wrong, expected] of [
      [{ kind: 'harvesting' }, 'request-invalid'],
      [{ kind: 'theft' }, 'request-invalid'],
      [{ party: 'nobody' }, 'not-found'],
      [{ awareAt: new Date('2026-11-22T09:00:01Z') }, 'request-invalid'],
      [{ data: {} }, 'request-invalid'],
      [{ data: { 'no.such': ['x'] } }, 'not-found'],
      [{ data: { 'iskur.agents': ['salary'] } }, 'request-invalid'],
      [{ data: { 'iskur.agents': ['fullName'], 'cts.children': ['fullName'] } }, 'request-invalid'],
      [{ data: { 'joint.agents': ['nationalId'] } }, 'request-invalid'],
      [{ what: ' ' }, 'request-invalid'],
      [{ what: 'x'.repeat(301) }, 'request-invalid'],
      [{ what: `dosya ${id}` }, 'request-invalid'],
      [{ what: `dosya ${parted}` }, 'request-invalid'],
      [{ measures: id }, 'request-invalid'],
      [{ contact: parted }, 'request-invalid'],
      [{ document: id }, 'request-invalid'],
      [{ people: -1 }, 'request-invalid'],
      [{ people: 1.5 }, 'request-invalid'],
      [{ slice: { from: 0, to: 1 } }, 'not-found'],
      [{ slice: { from: 2, to: 1 } }, 'not-found'],
      [{ slice: { from: 1, to: 999_999 } }, 'not-found'],
      [{ kind: 'compelled' }, 'request-invalid'],
      [{ ...compelled, ground: undefined }, 'request-invalid'],
      [{ ...compelled, ground: id }, 'request-invalid'],
      [{ ...compelled, party: 'iskur' }, 'request-invalid'],
    ] as [Partial<IncidentAsked>, string][]) {
      const refusal = await openIncident(broker, { ...breach, ...wrong }, 'cli').catch((error) => error);
      expect([wrong, refusal.code]).toEqual([wrong, expected]);
      expect(`${refusal.message} ${refusal.hint}`).not.toMatch(/\d{11}/);
    }
    expect([await rows(), (await logged(broker.db)).length]).toEqual(before);
    const incident = await openIncident(broker, breach, 'cli');
    for (const [kind, wrong] of [
      ['opened', {}],
      ['celebrated', {}],
      ['noted', { text: undefined }],
      ['dismissed', { text: undefined }],
      ['owner-notified', { document: undefined }],
      ['owner-notified', { happenedAt: new Date('2026-11-22T08:59:59Z') }],
      ['owner-notified', { happenedAt: new Date('2026-11-22T09:00:01Z') }],
      ['noted', { text: parted }],
    ] as [string, Partial<EventAsked>][])
      expect([kind, wrong, await record(incident, kind, wrong)]).toEqual([kind, wrong, 'request-invalid']);
    expect(await state(incident)).toEqual(['opened']);
  });

  test('a text is one line, so that it can be no heading of a notice', async () => {
    const incident = await openIncident(broker, { ...breach, what: 'Bir\n\n# Başka\u2028bir' }, 'cli');
    expect((await showIncident(broker, incident)).events[0]?.text).toBe('Bir # Başka bir');
  });

  test('incidents and events cannot be changed, shortened or emptied, and what cannot be logged is not recorded', async () => {
    const { pool } = r.database.db;
    for (const table of ['incident', 'incident_event'])
      for (const statement of [`update ${table} set by = 'x'`, `delete from ${table}`, `truncate ${table} cascade`])
        await expect(pool.query(statement)).rejects.toThrow('append-only');
    const incident = await openIncident(broker, breach, 'cli');
    const before = await rows();
    await r.withoutLog(async () => {
      expect(await code(openIncident(broker, breach, 'cli'))).toBe('audit-unavailable');
      expect(await record(incident, 'owner-notified')).toBe('audit-unavailable');
    });
    expect(await rows()).toBe(before);
  });

  test('a part of the log that is another one now is no evidence', async () => {
    const incident = await openIncident(broker, { ...breach, slice: { from: 1, to: 2 } }, 'cli');
    const { pool } = r.database.db;
    await pool.query('alter table audit_entry disable trigger user');
    await pool.query(`update audit_entry set hash = decode(repeat('00', 32), 'hex') where seq = 2`);
    expect(await code(incidentSlice(broker, incident))).toBe('audit-broken');
    const without = await openIncident(broker, breach, 'cli');
    expect(await code(incidentSlice(broker, without))).toBe('not-found');
  });

  test.each([
    ['2026-11-22T12:00', '2026-11-22T09:00:00.000Z'],
    ['2026-11-22 12:00:30', '2026-11-22T09:00:30.000Z'],
    ['2026-11-22T09:00Z', '2026-11-22T09:00:00.000Z'],
    ['2026-11-22T10:00+01:00', '2026-11-22T09:00:00.000Z'],
  ])('the time %s is %s', (text, instant) => expect(instantOf(text).toISOString()).toBe(instant));

  test.each(['2026-02-30T10:00', '2026-11-22', '22.11.2026 10:00', '2026-11-22T25:00', ''])('%p is no time', (text) => {
    expect(() => instantOf(text)).toThrow(expect.objectContaining({ code: 'request-invalid' }));
  });
});

const someEntry = { requestId: 'x', kind: 'operation', party: null, by: 'test', action: 'test', decision: 'allow' } as const;

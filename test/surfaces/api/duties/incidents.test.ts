import { completeTckn } from '../../../../src/core/nationalId';
import { watchReading } from '../../../../src/operations/incidents/watch';
import { somebody } from '../../../support/people';
import { type Ask, closeClean, expectProblem, loggedFor } from '../support';
import { type Bearer, everybody, type Office, office } from './support';

const breach = { kind: 'breach', what: 'Bir dosya yanlış kuruma gönderildi', data: { 'iskur.agents': ['fullName'] } };
const compelled = { ...breach, kind: 'compelled', receiver: 'Mahkeme', ground: '2026/12 E.' };

describe('incidents, over the API', () => {
  let it: Office;
  const auditor = (party: string) => it.person(party, 'auditor');
  const open = async (who: Bearer, body: object) => {
    const answer = await it.ask(who, 'openIncident', '/v1/incidents', { body });
    expect([answer.status, answer.text]).toEqual([200, answer.text]);
    return answer.json.incident as number;
  };
  const event = (who: Bearer, incident: number, body: object) =>
    it.ask(who, 'recordIncidentEvent', `/v1/incidents/${incident}/events`, { body: { document: 'E-1', ...body } });
  const show = (who: Bearer, incident: number) => it.ask(who, 'showIncident', `/v1/incidents/${incident}`);
  const notice = (who: Bearer, incident: number, which: string) =>
    it.ask(who, 'incidentNotice', `/v1/incidents/${incident}/notices/${which}`);

  beforeAll(async () => {
    it = await office();
  }, 60_000);
  afterAll(() => closeClean(it.broker));

  test('auditors and approvers alone may, and each try is logged', async () => {
    const incident = await open(auditor('cgm'), breach);
    const deeds: [string, string, Ask, string][] = [
      ['listIncidents', '/v1/incidents', {}, 'incident list'],
      ['showIncident', `/v1/incidents/${incident}`, {}, 'incident show'],
      ['openIncident', '/v1/incidents', { body: breach }, 'incident open'],
      ['recordIncidentEvent', `/v1/incidents/${incident}/events`, { body: { kind: 'noted', text: 'x' } }, 'incident event'],
      ['incidentNotice', `/v1/incidents/${incident}/notices/owner`, {}, 'incident notice'],
    ];
    for (const [party, role] of everybody(['cgm', 'iskur']))
      for (const [operation, where, options, action] of deeds) {
        const answer = await it.ask(it.person(party, role), operation, where, options);
        const code = ['auditor', 'approver'].includes(role) ? undefined : 'role-refused';
        if (code) expectProblem(answer, 403, code);
        else expect([party, role, operation, answer.status]).toEqual([party, role, operation, 200]);
        expect((await loggedFor(it.broker, answer))[0]).toMatchObject({
          ...{ kind: 'access', party, person: it.person(party, role).id, action },
          ...{ decision: code ? 'refuse' : 'allow', code: code ?? null },
        });
      }
    expectProblem(await it.api.ask('/v1/incidents'), 401, 'not-authenticated');
  });

  test('a breach from its opening to its end, with its notices', async () => {
    const who = auditor('cgm');
    const incident = await open(who, { ...breach, awareAt: '2026-01-15T09:00:00Z', people: 12, from: 1, document: 'E-0' });
    expect((await show(auditor('iskur'), incident)).json).toMatchObject({
      ...{ id: incident, kind: 'breach', party: 'cgm', owner: 'iskur', status: 'open', person: null },
      clocks: [
        { clock: 'owner-notice', article: 'Ek-2 3.3', dueAt: '2026-01-16T09:00:00.000Z', metAt: null, state: 'overdue' },
        { clock: 'authority-notice', article: 'policy', dueAt: '2026-01-18T09:00:00.000Z', metAt: null, state: 'overdue' },
      ],
      events: [{ kind: 'opened', by: `person:${who.id}`, detail: { people: 12 }, slice: { from: 1, to: 1 }, document: 'E-0' }],
    });
    const told = await notice(who, incident, 'owner');
    expect(told.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(told.text).toMatch(/^# Veri ihlali bildirimi\n\n- Kime: Türkiye İş Kurumu Genel Müdürlüğü\n/);
    expect((await notice(who, incident, 'authority')).text).toContain('Kişisel Verileri Koruma Kurumu');
    expectProblem(await notice(who, incident, 'scope'), 400, 'request-invalid');
    for (const kind of ['owner-notified', 'authority-notified'])
      expect((await event(who, incident, { kind, happenedAt: '2026-01-15T10:00:00Z' })).json).toEqual({ incident });
    expectProblem(await event(who, incident, { kind: 'owner-notified' }), 409, 'state-conflict');
    expect((await event(it.person('cgm', 'approver'), incident, { kind: 'closed' })).status).toBe(200);
    const { status, clocks } = (await show(who, incident)).json;
    expect([status, clocks.map((one: { state: string }) => one.state)]).toEqual(['closed', ['met', 'met']]);
  });

  test('of a compelled disclosure the order is kept', async () => {
    const who = auditor('cgm');
    const incident = await open(who, compelled);
    const disclosed = { kind: 'disclosed', data: { 'iskur.agents': ['fullName'] } };
    const early = await event(who, incident, disclosed);
    expectProblem(early, 409, 'state-conflict');
    expect((await loggedFor(it.broker, early)).map(({ action, code }) => [action, code])).toEqual([
      ['incident event', null],
      ['incident', 'state-conflict'],
    ]);
    expectProblem(await notice(who, incident, 'scope'), 409, 'state-conflict');
    expect((await notice(who, incident, 'prior')).text).toContain('2026/12 E.');
    for (const body of [{ kind: 'prior-notice' }, disclosed, { kind: 'scope-notified' }, { kind: 'closed' }])
      expect([body.kind, (await event(who, incident, body)).status]).toEqual([body.kind, 200]);
    expect((await notice(who, incident, 'scope')).text).toContain('## Açıklanan veri türleri\n\n- Tarım aracıları: Ad Soyad\n');
  });

  test('a party sees what concerns it alone, page by page', async () => {
    const own = await open(auditor('cgm'), { ...breach, data: { 'cts.children': ['fullName'] } });
    const list = async (who: Bearer, query = '') => (await it.ask(who, 'listIncidents', `/v1/incidents${query}`)).json;
    const ids = async (who: Bearer, query = '') => (await list(who, query)).incidents.map(({ id }: { id: number }) => id);
    expect(await ids(auditor('cgm'))).toContain(own);
    expect(await ids(auditor('iskur'))).not.toContain(own);
    for (const answer of [await show(auditor('iskur'), own), await event(auditor('iskur'), own, { kind: 'noted', text: 'x' })])
      expectProblem(answer, 404, 'not-found');
    expectProblem(await notice(auditor('iskur'), own, 'authority'), 404, 'not-found');
    const first = await list(auditor('cgm'), '?limit=2');
    expect(first.next).toBe(first.incidents[1].id);
    const rest = await list(auditor('cgm'), `?limit=1000&before=${first.next}`);
    expect([...first.incidents, ...rest.incidents].map(({ id }) => id)).toEqual(await ids(auditor('cgm')));
    expect((await list(auditor('cgm'), '?open=true')).incidents.every(({ status }: { status: string }) => status === 'open')).toBe(true);
  });

  test('of their own reading nobody decides, not even with the role for it', async () => {
    const { broker } = it.broker.app;
    const both = await somebody(broker, 'iskur', { roles: ['query', 'auditor'] });
    await broker.audit.append({
      ...{ at: new Date(), requestId: 'x', kind: 'access', party: 'iskur', person: both.id, decision: 'allow' },
      ...{ action: 'export', dataset: 'emetip.workers', records: 1_000_000 },
    });
    const [incident] = (await watchReading(broker)).opened as [number];
    const dismissed = { kind: 'dismissed', text: 'Aylık aktarım' };
    expectProblem(await event(both, incident, dismissed), 403, 'self-refused');
    expect((await show(both, incident)).json).toMatchObject({ kind: 'harvesting', person: both.id, status: 'open' });
    expect((await event(auditor('iskur'), incident, dismissed)).status).toBe(200);
  });

  test('what is malformed, or holds a number, is refused', async () => {
    const who = auditor('cgm');
    const id = completeTckn('412345678');
    const wrong = [
      ...[{}, { ...breach, kind: 'harvesting' }, { ...breach, what: '' }, { ...breach, also: 1 }, { ...breach, people: -1 }],
      ...[
        { ...breach, data: { 'iskur.agents': 'fullName' } },
        { ...breach, data: { 'iskur.agents': ['salary'] } },
        { ...breach, data: {} },
      ],
      ...[
        { ...breach, what: `dosya ${id}` },
        { ...breach, contact: id },
        { ...breach, document: id },
        { ...breach, awareAt: 'dün' },
      ],
      ...[
        { ...breach, awareAt: '2099-01-01T00:00:00Z' },
        { ...breach, kind: 'compelled' },
      ],
    ];
    for (const body of wrong) {
      const answer = await it.ask(who, 'openIncident', '/v1/incidents', { body });
      expectProblem(answer, 400, 'request-invalid');
      expect(answer.text).not.toContain(id);
    }
    expectProblem(await it.ask(who, 'openIncident', '/v1/incidents', { body: { ...breach, from: 999_999 } }), 404, 'not-found');
    expectProblem(await it.ask(who, 'openIncident', '/v1/incidents', { body: { ...breach, what: 'x'.repeat(20_000) } }), 413, 'too-large');
    expectProblem(await notice(who, 1, 'everybody'), 400, 'request-invalid');
    expectProblem(await show(who, 999_999), 404, 'not-found');
  });
});

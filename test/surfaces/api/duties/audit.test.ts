import { completeTckn } from '../../../../src/core/nationalId';
import { checkpointAudit } from '../../../../src/operations/audit';
import { reconcile } from '../../../../src/operations/reconcile';
import { askerOf } from '../../../support/asker';
import { logged } from '../../../support/audit';
import { somebody } from '../../../support/people';
import { truthOf } from '../../../support/truth';
import { refusedBy } from '../refused';
import { closeClean, expectProblem, loggedFor } from '../support';
import { everybody, type Office, office } from './support';

const dayMillis = 24 * 3_600_000;
const routes = [
  ['listAudit', '/v1/audit', {}],
  ['searchAudit', '/v1/audit/subject', { body: { id: '11111111110', since: new Date(Date.now() - dayMillis).toISOString() } }],
  ['verifyAudit', '/v1/audit/verification', {}],
] as const;

describe('the audit log, over the API', () => {
  let it: Office;
  let known: string;
  const list = async (party: string, query = '') => {
    const answer = await it.ask(it.person(party, 'auditor'), 'listAudit', `/v1/audit${query}`);
    expect([query, answer.status]).toEqual([query, 200]);
    return answer.json as { visible: string; entries: any[]; next?: number };
  };
  const all = () => logged(it.broker.database.db);

  beforeAll(async () => {
    it = await office();
    for (const dataset of ['iskur.agents', 'emetip.workers', 'cts.children'])
      expect((await it.broker.run(dataset)).status).toBe('succeeded');
    await reconcile(it.broker.app.broker);
    known = String(truthOf(it.broker.standIns, 'iskur.agents')[0]?.nationalId);
    const { door } = it.broker.app;
    const read = (party: string, dataset: string, requestId: string) =>
      door.records(askerOf(party, { requestId }), dataset, {}, { limit: 1 }).catch(() => undefined);
    await read('cgm', 'iskur.agents', 'cgm-agents');
    await read('cgm', 'emetip.workers', 'cgm-workers');
    await read('cgm', 'joint.agents', 'cgm-joint');
    await read('iskur', 'iskur.agents', 'iskur-agents');
    await read('iskur', 'cts.children', 'iskur-children');
    await door.findings(askerOf('cgm', { requestId: 'cgm-finding-agents' }), { limit: 1, rules: ['agent-unlisted'] });
    await door.findings(askerOf('cgm', { requestId: 'cgm-finding-children' }), { limit: 1, rules: ['household-unknown'] });
    await door.record(askerOf('cgm', { requestId: 'cgm-one' }), 'iskur.agents', {}, known);
  }, 60_000);
  afterAll(() => closeClean(it.broker));

  test.each(routes)('%s: the auditor’s role alone, and each try is logged', async (operation, where, options) => {
    for (const [party, role] of everybody(['cgm', 'iskur'])) {
      const answer = await it.ask(it.person(party, role), operation, where, options);
      const whole = operation !== 'verifyAudit' || party === 'cgm';
      const code = role !== 'auditor' ? 'role-refused' : whole ? undefined : 'not-authorised';
      if (code) expectProblem(answer, 403, code);
      else expect([party, role, answer.status]).toEqual([party, role, 200]);
      const { id } = it.person(party, role);
      expect(await loggedFor(it.broker, answer)).toMatchObject([
        {
          kind: 'access',
          party,
          person: id,
          action: expect.stringMatching(/^audit/),
          decision: code ? 'refuse' : 'allow',
          code: code ?? null,
        },
      ]);
    }
    expectProblem(await it.api.ask(where, options), 401, 'not-authenticated');
  });

  test('the host’s auditor sees every entry, operations too, and that it was read', async () => {
    const before = await all();
    const { visible, entries } = await list('cgm', '?limit=1000');
    expect(visible).toBe('all');
    expect(entries.map((e) => e.seq)).toEqual([...before.map((e) => e.seq), before.length + 1].reverse());
    expect(entries[0]).toMatchObject({ action: 'audit', party: 'cgm', person: it.person('cgm', 'auditor').id, decision: 'allow' });
    expect(entries.some((e) => e.kind === 'operation')).toBe(true);
    const of = entries.find((e) => e.requestId === 'cgm-agents');
    expect(of).toMatchObject({ kind: 'access', action: 'records', dataset: 'iskur.agents', grant: 'cgm-agents', records: 1, case: 'T-1' });
    const told = JSON.stringify(entries.map(({ requestId: _, ...entry }) => entry));
    expect(told).not.toMatch(/subjects|\d{10}/);
  });

  test('another party’s auditor sees its own people’s accesses and those to its data, and no others', async () => {
    const { visible, entries } = await list('iskur', '?limit=1000');
    expect(visible).toBe('party');
    const seen = entries.map((e) => e.requestId);
    const [mine, others] = [
      ['cgm-agents', 'cgm-joint', 'cgm-finding-agents', 'cgm-one', 'iskur-agents', 'iskur-children'],
      ['cgm-workers', 'cgm-finding-children'],
    ];
    expect(mine.filter((request) => !seen.includes(request))).toEqual([]);
    expect(others.filter((request) => seen.includes(request))).toEqual([]);
    const whole = (await all()).map((e) => e.requestId);
    expect([...mine, ...others].filter((request) => !whole.includes(request))).toEqual([]);
    expect(entries.filter((e) => e.kind === 'operation')).toEqual([]);
    expect(entries.filter((e) => e.party !== 'iskur' && !['iskur.agents', 'joint.agents', undefined].includes(e.dataset))).toEqual([]);
    // Whoever nobody knows is nobody's.
    expect(entries.filter((e) => e.party === undefined)).toEqual([]);
    // A search by a request's number does not lead around it.
    const foreign = (await all()).find((e) => e.action === 'audit' && e.party === 'cgm');
    expect((await list('iskur', `?request=${foreign?.requestId}`)).entries).toEqual([]);
    expect((await list('cgm', `?request=${foreign?.requestId}`)).entries).toMatchObject([{ seq: foreign?.seq }]);
  });

  test('pages go on below the last entry, and the header Link leads there', async () => {
    const whole = (await list('iskur', '?limit=1000')).entries.map((e) => e.seq);
    const paged: number[] = [];
    let where: string | undefined = '/v1/audit?limit=4&decision=allow';
    const allowed = (await list('iskur', `?limit=1000&decision=allow&before=${(whole[0] as number) + 1}`)).entries.map((e) => e.seq);
    where += `&before=${(whole[0] as number) + 1}`;
    while (where) {
      const answer = await it.ask(it.person('iskur', 'auditor'), 'listAudit', where);
      expect(answer.json.entries.length).toBeLessThanOrEqual(4);
      paged.push(...answer.json.entries.map((e: any) => e.seq));
      const next: string | undefined = /^<([^>]+)>; rel="next"$/.exec(String(answer.headers.link ?? ''))?.[1];
      expect(next === undefined).toBe(answer.json.next === undefined);
      where = next;
    }
    expect(paged).toEqual(allowed);
    expect(paged.length).toBeGreaterThan(8);
  });

  test('filters: time, action, person, decision', async () => {
    const { id } = it.person('cgm', 'operator');
    const rows = await all();
    expect((await list('cgm', `?person=${id}`)).entries.map((e) => e.person)).toEqual(expect.arrayContaining([id]));
    expect((await list('cgm', `?person=${id}&limit=1000`)).entries).toHaveLength(rows.filter((e) => e.person === id).length);
    expect(new Set((await list('cgm', '?action=findings')).entries.map((e) => e.requestId))).toEqual(
      new Set(['cgm-finding-agents', 'cgm-finding-children']),
    );
    expect((await list('cgm', '?decision=refuse')).entries.every((e) => e.code !== undefined)).toBe(true);
    const middle = rows[5] as (typeof rows)[number];
    const at = encodeURIComponent(middle.at.toISOString());
    expect((await list('cgm', `?limit=1000&until=${at}`)).entries.map((e) => e.seq)).toEqual(
      rows
        .filter((e) => e.at < middle.at)
        .map((e) => e.seq)
        .reverse(),
    );
    expect((await list('cgm', '?since=2199-01-01T00:00:00Z')).entries).toEqual([]);
  });

  test('a search for a person finds whoever was asked about, by whoever may be seen, and is itself found', async () => {
    const search = async (party: string, id: string, more: object = {}) => {
      const body = { id, since: new Date(Date.now() - dayMillis).toISOString(), ...more };
      const answer = await it.ask(it.person(party, 'auditor'), 'searchAudit', '/v1/audit/subject', { body });
      expect([answer.status, answer.text.includes(id)]).toEqual([200, false]);
      return answer.json.entries as any[];
    };
    const first = await search('cgm', known);
    expect(first.map((e) => e.requestId)).toEqual(expect.arrayContaining(['cgm-one']));
    expect(first[0]).toMatchObject({ action: 'audit subject', party: 'cgm' });
    // İŞKUR sees its own search and the reading of its data, not the host's search.
    const second = await search('iskur', known);
    expect(second.filter((e) => e.action === 'audit subject').map((e) => e.party)).toEqual(['iskur']);
    expect(second.map((e) => e.requestId)).toEqual(expect.arrayContaining(['cgm-one']));
    expect((await search('cgm', known, { limit: 1 })).map((e) => e.action)).toEqual(['audit subject']);
    expect((await search('cgm', completeTckn('712345678'))).map((e) => e.action)).toEqual(['audit subject']);
    const [entry] = (await all()).slice(-1);
    expect(entry?.subjects).toHaveLength(16);
  });

  test('a search without a range of time, with one that is too long, or for what is no id is refused before it begins', async () => {
    const { person, broker } = it;
    const refused = refusedBy(broker);
    const ask = (body: object | string) =>
      it.api.ask('/v1/audit/subject', {
        authorization: `Bearer ${person('cgm', 'auditor').token}`,
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
    const since = new Date(Date.now() - dayMillis).toISOString();
    const entries = (await all()).length;
    await refused(ask({ id: known }), 400, 'request-invalid', [known]);
    await refused(ask({ id: known, since: '2024-12-31T23:59:60Z' }), 400, 'request-invalid', [known]);
    await refused(ask({ id: `${known}`, since, more: known }), 400, 'request-invalid', [known]);
    await refused(ask({ id: [known], since }), 400, 'request-invalid', [known]);
    await refused(ask({ id: known, since, limit: 1001 }), 400, 'request-invalid', [known]);
    await refused(ask({ id: known, since, before: 0 }), 400, 'request-invalid', [known]);
    await refused(ask(`{"id":"${known}","id":"${known}","since":"${since}"}`), 400, 'request-invalid', [known]);
    await refused(ask(JSON.stringify({ id: known, since, limit: 1 }).padEnd(2000)), 413, 'too-large', [known]);
    expect((await all()).length).toBe(entries);
    // What is well formed and cannot be searched for is refused to whoever may search, and both are logged.
    await refused(ask({ id: known, since: new Date(Date.now() - 401 * dayMillis).toISOString() }), 400, 'request-invalid', [known]);
    await refused(ask({ id: known, since, until: since }), 400, 'request-invalid', [known]);
    await refused(ask({ id: `${known.slice(0, 10)}x`, since }), 400, 'id-invalid', [known.slice(0, 10)]);
    expect(
      (await all())
        .slice(-6)
        .map(({ decision, code }) => code ?? decision)
        .sort(),
    ).toEqual(['allow', 'allow', 'allow', 'id-invalid', 'request-invalid', 'request-invalid']);
    for (const query of [
      '?limit=0',
      '?before=x',
      '?decision=maybe',
      '?since=today',
      '?request=1',
      '?person=1.5',
      '?dataset=x',
      '?limit=1&limit=2',
    ])
      await refused(it.api.ask(`/v1/audit${query}`, { authorization: `Bearer ${person('cgm', 'auditor').token}` }), 400, 'request-invalid');
  });

  test('an auditor without training, with an old undertaking or after the last day reads nothing', async () => {
    const { broker } = it;
    for (const [changes, status, code] of [
      [{ trainedOn: undefined }, 403, 'training-missing'],
      [{ undertaking: undefined, acceptedOn: undefined }, 403, 'undertaking-missing'],
      [{ validUntil: '2001-01-01' }, 401, 'not-authenticated'],
      [{ addresses: ['10.0.0.0/8'] }, 403, 'address-refused'],
    ] as const) {
      const who = await somebody(broker.app.broker, 'cgm', { roles: ['auditor'], ...changes } as object);
      for (const [operation, where, options] of routes) expectProblem(await it.ask(who, operation, where, options), status, code);
    }
  });

  test('the verification tells how far the log is whole and anchored', async () => {
    const verify = async () => (await it.ask(it.person('cgm', 'auditor'), 'verifyAudit', '/v1/audit/verification')).json;
    expect(await verify()).toMatchObject({ firstBad: null, anchoredTo: 0, entries: (await all()).length });
    const made = await checkpointAudit(it.broker.app.broker);
    expect(await verify()).toMatchObject({ firstBad: null, anchoredTo: made?.seq, unanchored: 1 });
    const both = await Promise.all([verify(), verify()]);
    for (const verdict of both) expect(verdict.firstBad).toBeNull();
  });
});

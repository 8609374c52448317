import { listLimits } from '../../../../src/operations/quotas';
import { logged } from '../../../support/audit';
import { somebody } from '../../../support/people';
import { refusedBy } from '../refused';
import { closeClean, expectProblem, loggedFor } from '../support';
import { everybody, type Office, office } from './support';

const paper = { document: 'E-2026/17' };
const [agents, workers] = ['/v1/quotas/iskur.agents/cgm', '/v1/quotas/emetip.workers/iskur'];

describe('quotas, over the API', () => {
  let it: Office;
  const limits = () => listLimits(it.broker.app.broker);
  const set = (party: string, where: string, body: object, role: Parameters<Office['person']>[1] = 'approver') =>
    it.ask(it.person(party, role), 'setQuota', where, { method: 'PUT', body });
  const lift = (party: string, where: string, role: Parameters<Office['person']>[1] = 'approver') =>
    it.ask(it.person(party, role), 'liftQuota', `${where}${where.includes('?') ? '&' : '?'}document=E-18`, { method: 'DELETE' });
  const seen = async (who: { id: number; token: string }) => {
    const answer = await it.ask(who, 'listQuotas', '/v1/quotas');
    expect(answer.status).toBe(200);
    return answer.json.limits as any[];
  };

  beforeAll(async () => {
    it = await office();
    expect((await it.broker.run('iskur.agents')).status).toBe('succeeded');
  }, 60_000);
  beforeEach(() => it.broker.database.db.pool.query('delete from quota_limit; delete from quota_use; delete from quota_charge'));
  afterAll(() => closeClean(it.broker));

  test('an approver of the owner sets, changes and lifts the other party’s limit, and it binds at once', async () => {
    const first = await set('iskur', agents, { queries: 1, ...paper });
    expect(first.json).toMatchObject({
      ...{ dataset: 'iskur.agents', party: 'cgm', mode: null, unit: null, person: null, setBy: 'iskur', document: 'E-2026/17' },
      standings: [{ scope: 'party', what: 'queries', limit: 1, used: 0, remaining: 1, renewsAt: expect.any(String) }],
    });
    const read = () => it.api.ask('/v1/datasets/iskur.agents/records?limit=1', { as: 'cgm' });
    expect([(await read()).status, (await read()).status]).toEqual([200, 429]);
    const more = await set('iskur', agents, { queries: 2, records: 50, ...paper });
    expect(more.json.standings.map((s: any) => [s.what, s.limit, s.used])).toEqual([
      ['queries', 2, 1],
      ['records', 50, 1],
    ]);
    expect([(await read()).status, (await read()).status]).toEqual([200, 429]);
    expect((await lift('iskur', agents)).json).toEqual({ lifted: true });
    expect([(await read()).status, await limits()]).toEqual([200, []]);
    expectProblem(await lift('iskur', agents), 404, 'not-found');
    const { id } = it.person('iskur', 'approver');
    const place = { dataset: 'iskur.agents', party: 'cgm', setBy: 'iskur' };
    expect(await logged(it.broker.database.db, { by: `person:${id}` })).toMatchObject([
      { kind: 'operation', action: 'quota set', detail: { ...place, queries: 1, document: 'E-2026/17' } },
      { kind: 'operation', action: 'quota set', detail: { ...place, queries: 2, records: 50 } },
      { kind: 'operation', action: 'quota lift', detail: { ...place, document: 'E-18' } },
    ]);
    expect(await loggedFor(it.broker, first)).toMatchObject([
      { kind: 'access', party: 'iskur', person: id, action: 'quota set', dataset: 'iskur.agents', decision: 'allow' },
    ]);
  });

  test('for one mode, one unit or one person', async () => {
    const { id } = it.person('iskur', 'query');
    const places = ['?mode=instant', `?unit=${encodeURIComponent('İl Müdürlüğü')}`, '?unit=12', `?person=${id}&mode=periodic`];
    for (const place of places) expect((await set('cgm', `${workers}${place}`, { records: 9, ...paper })).status).toBe(200);
    expect((await limits()).map(({ mode, unit, person }) => [mode, unit, person])).toEqual(
      expect.arrayContaining([
        ['instant', null, null],
        [null, 'İl Müdürlüğü', null],
        [null, '12', null],
        ['periodic', null, id],
      ]),
    );
    for (const place of places) expect((await lift('cgm', `${workers}${place}`)).status).toBe(200);
    expect(await limits()).toEqual([]);
  });

  test('nobody but an approver of the owner changes a limit', async () => {
    await set('cgm', workers, { queries: 7, ...paper });
    await set('iskur', agents, { queries: 7, ...paper });
    const before = await limits();
    for (const [party, role] of everybody(['cgm', 'iskur'])) {
      for (const [owner, where] of [
        ['cgm', workers],
        ['iskur', agents],
      ] as const) {
        if (role === 'approver' && party === owner) continue;
        const code = role === 'approver' ? 'quota-foreign' : 'role-refused';
        for (const answer of [await set(party, where, { queries: 8, ...paper }, role), await lift(party, where, role)]) {
          expectProblem(answer, 403, code);
          if (code === 'quota-foreign') expect(answer.json.detail).toContain('V.Ç.7');
          expect(await loggedFor(it.broker, answer)).toMatchObject([
            { party, person: it.person(party, role).id, decision: 'refuse', code, article: code === 'quota-foreign' ? 'V.Ç.7' : 'V.Ç.6' },
          ]);
        }
      }
    }
    expect(await limits()).toEqual(before);
    // One's own reading is not limited, and what there is not has no owner.
    expectProblem(await set('cgm', '/v1/quotas/emetip.workers/cgm', { queries: 1, ...paper }), 403, 'quota-foreign');
    for (const where of [
      '/v1/quotas/emetip.workers/asbp',
      '/v1/quotas/none/cgm',
      '/v1/quotas/__proto__/cgm',
      '/v1/quotas/emetip.workers/constructor',
    ])
      expectProblem(await set('cgm', where, { queries: 1, ...paper }), 404, 'not-found');
    const untrained = await somebody(it.broker.app.broker, 'cgm', { roles: ['approver'], trainedOn: undefined });
    expectProblem(await it.ask(untrained, 'setQuota', workers, { method: 'PUT', body: { queries: 1, ...paper } }), 403, 'training-missing');
    expect(await limits()).toEqual(before);
  });

  test('each sees the limits that bind it, and those that its party set; of colleagues’ own ones nothing', async () => {
    const [mine, other] = [it.person('iskur', 'query'), it.person('iskur', 'statistics')];
    for (const place of ['', '?unit=Merkez', `?unit=${encodeURIComponent('İl Müdürlüğü')}`, `?person=${mine.id}`])
      await set('cgm', `${workers}${place}`, { queries: 7, ...paper });
    await set('iskur', agents, { queries: 3, ...paper });
    const shape = (found: any[]) => found.map(({ dataset, unit, person }) => `${dataset} ${unit ?? person ?? 'all'}`).sort();
    expect(shape(await seen(mine))).toEqual(
      ['emetip.workers Merkez', 'emetip.workers all', `emetip.workers ${mine.id}`, 'iskur.agents all'].sort(),
    );
    expect(shape(await seen(other))).toEqual(['emetip.workers Merkez', 'emetip.workers all', 'iskur.agents all']);
    expect(shape(await seen(it.person('cgm', 'approver')))).toEqual(
      [
        'emetip.workers Merkez',
        `emetip.workers ${mine.id}`,
        'emetip.workers all',
        'emetip.workers İl Müdürlüğü',
        'iskur.agents all',
      ].sort(),
    );
    for (const [party, role] of everybody(['cgm', 'iskur'])) expect((await seen(it.person(party, role))).length).toBeGreaterThan(2);
    expect((await loggedFor(it.broker, await it.api.ask('/v1/quotas', { as: 'cgm' })))[0]).toMatchObject({
      action: 'quotas',
      decision: 'allow',
    });
    expectProblem(await it.api.ask('/v1/quotas'), 401, 'not-authenticated');
  });

  test('malformed wishes change nothing', async () => {
    await set('iskur', agents, { queries: 7, ...paper });
    const before = await limits();
    const refused = refusedBy(it.broker);
    const authorization = `Bearer ${it.person('iskur', 'approver').token}`;
    const put = (body: object | string, where = agents) =>
      it.api.ask(where, { method: 'PUT', authorization, body, headers: { 'content-type': 'application/json' } });
    for (const body of [
      { ...paper },
      { queries: -1, ...paper },
      { queries: 1.5, ...paper },
      { queries: '5', ...paper },
      { queries: null, ...paper },
      { queries: 1e12, ...paper },
      { queries: 5 },
      { queries: 5, document: '' },
      { queries: 5, document: ' ' },
      { queries: 5, document: 'x'.repeat(201) },
      { queries: 5, ...paper, setBy: 'cgm' },
      [{ queries: 5, ...paper }],
      '{"queries":1,"queries":5,"document":"E"}',
      '{"queries":5',
      '',
    ]) {
      const answer = await put(body);
      expect([body, answer.status]).toEqual([body, 400]);
    }
    await refused(put({ queries: 5, document: 'x'.repeat(1100) }), 413, 'too-large');
    for (const place of [
      '?mode=daily',
      '?unit=',
      '?unit=Merkez&person=1',
      '?person=0',
      '?person=x',
      '?party=cgm',
      '?mode=instant&mode=yearly',
    ])
      expect([place, (await put({ queries: 5, ...paper }, `${agents}${place}`)).status]).toEqual([place, 400]);
    await refused(it.api.ask(agents, { method: 'DELETE', authorization }), 400, 'request-invalid');
    expectProblem(await it.api.ask(agents, { method: 'PATCH', authorization }), 405, 'method-not-allowed');
    expect(await limits()).toEqual(before);
  });
});

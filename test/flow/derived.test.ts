import { permit, permitStill } from '../../src/disclosure/permit';
import type { DoorDeps } from '../../src/disclosure/types';
import { ageOn } from '../../src/reconcile/ages';
import { plantedFindings } from '../../src/simulator';
import { agreement2024 } from '../agreements/support/files';
import { askerOf } from '../support/asker';
import { type TestBroker, testBroker } from '../support/broker';
import { type Api, expectProblem, servedApi } from '../surfaces/api/support';

const sources = ['iskur.agents', 'emetip.workers', 'cts.children'];
const joint = '/v1/datasets/joint.agents';
/** Kinds of findings that the dataset lists, in the agreement's order. */
const { derive } = agreement2024.datasets['joint.agents']?.fields.findings ?? {};
const listed = derive?.kind === 'findings' ? derive.rules : [];

describe('the reconciled intermediary', () => {
  let now = new Date('2026-11-22T09:00:00Z');
  let broker: TestBroker;
  let api: Api;
  const world = () => broker.standIns.simulator.world;
  const pullAll = async () => {
    for (const dataset of sources) expect((await broker.run(dataset)).status).toBe('succeeded');
  };
  beforeAll(async () => {
    broker = await testBroker({ agents: 150, workers: 1500, children: 400, clock: () => now });
    api = await servedApi(broker);
    await pullAll();
  }, 60_000);
  afterAll(() => broker.close());

  const readAll = async (as: string, query = '') => {
    const { text, status } = await api.ask(`${joint}/export?${query}`, { as });
    expect(status).toBe(200);
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, any>)
      .sort((a, b) => (a.nationalId < b.nationalId ? -1 : 1));
  };

  /** The same from the stand-ins' own lists, by plain loops. */
  const truth = () => {
    const w = world();
    const agents = new Map([...w.truth('iskur.agents')].map((a) => [a.nationalId, a]));
    const workers = [...w.truth('emetip.workers')];
    const planted = plantedFindings(w);
    const day = w.date(w.day());
    const ids = new Set([...agents.keys(), ...workers.flatMap((x) => x.agentId ?? [])]);
    return [...ids].sort().map((id) => {
      const agent = agents.get(id);
      const own = workers.filter((x) => x.agentId === id);
      const working = own.filter((x) => x.memberRole === 'İŞÇİ');
      const places = new Map<string, { season: number; workProvince: string | null; count: number }>();
      for (const { season, workProvince } of working) {
        const key = `${season} ${workProvince}`;
        places.set(key, { season, workProvince, count: (places.get(key)?.count ?? 0) + 1 });
      }
      // As long as every day that a partial date may stand for makes a child.
      const children = own.filter(({ birthDate: b }) => b !== null && ageOn(earliest(b), day) < 18);
      return {
        nationalId: id,
        listed: agent !== undefined,
        status: agent?.status ?? null,
        permitStartDate: agent?.permitStartDate ?? null,
        reportedWorkerCount: agent?.reportedWorkerCount ?? null,
        workers: working.length || null,
        places: new Set(places.values()),
        children: children.length || null,
        findings: listed.filter((kind) => planted[kind as 'dummy-id'].has(id)),
      };
    });
  };
  const earliest = (birth: string) => (birth.length === 4 ? `${birth}-01-01` : birth.length === 7 ? `${birth}-01` : birth);

  const expectTruth = async () => {
    const found = (await readAll('cgm')).map(({ workersBySeason, permitLapsesOn: _, findings, ...rest }) => ({
      ...rest,
      places: new Set(workersBySeason ?? []),
      findings: (findings ?? []).map((f: any) => f.rule),
    }));
    expect(found).toEqual(truth().map(({ places, ...rest }) => ({ ...rest, places })));
  };

  test('holds each intermediary that one of the registers knows, as the stand-ins know it', async () => {
    await expectTruth();
    const { json } = await api.ask(`${joint}/records?limit=1`, { as: 'cgm' });
    expect(json.provenance).toMatchObject({
      dataset: 'joint.agents',
      source: { party: 'cgm' },
      snapshot: { inputs: { 'iskur.agents': 1, 'emetip.workers': 1, 'cts.children': 1 } },
      grant: { id: 'cgm-agents+owner' },
    });
    expect(json.provenance.publicationConsent.map((c: any) => [c.dataset, c.article])).toEqual([
      ['iskur.agents', 'V.Ç.10'],
      ['emetip.workers', 'V.Ç.9'],
      ['cts.children', 'V.Ç.9'],
    ]);
  });

  test('is filtered, found by id and exported as a table like any other', async () => {
    const unlisted = await readAll('cgm', 'listed=false');
    expect(unlisted.length).toBeGreaterThan(0);
    expect(unlisted.map((r) => r.nationalId)).toEqual(
      truth()
        .filter((t) => !t.listed)
        .map((t) => t.nationalId),
    );
    const { json } = await api.ask(`${joint}/record`, { as: 'cgm', body: { id: unlisted[0]?.nationalId } });
    expect(json.record).toEqual(unlisted[0]);
    const csv = await api.ask(`${joint}/export?format=csv`, { as: 'cgm' });
    const [heading] = csv.text.split('\r\n');
    expect(heading).toContain('"Mevcut İzin Başlangıç Tarihi"');
    expect(csv.text).toMatch(/"\t2026 \/ \d\d: \d+/);
  });

  test('follows the registers from day to day; what changed stands in its changes', async () => {
    const before = new Map((await readAll('cgm')).map((r) => [r.nationalId, r]));
    now = new Date(now.getTime() + 24 * 3_600_000);
    world().nextDay();
    await pullAll();
    await expectTruth();
    const after = new Map((await readAll('cgm')).map((r) => [r.nationalId, r]));
    const changes: any[] = [];
    const { json: snapshots } = await api.ask(`${joint}/snapshots`, { as: 'cgm' });
    const to = snapshots.snapshots[0].version;
    for (let next = ''; ; ) {
      const { json } = await api.ask(`${joint}/changes?from=1&to=${to}&limit=500${next}`, { as: 'cgm' });
      changes.push(...json.changes);
      if (!json.next) break;
      next = `&after=${json.next}`;
    }
    const differ = [...new Set([...before.keys(), ...after.keys()])].filter(
      (id) => JSON.stringify(before.get(id)) !== JSON.stringify(after.get(id)),
    );
    expect(changes.map((c) => c.record.nationalId).sort()).toEqual(differ.sort());
  }, 60_000);

  test('shows a party only what is made of fields that are open to it', async () => {
    const [mine] = await readAll('iskur');
    // Birth dates of workers are not İŞKUR's to see, and not to be counted either.
    expect(Object.keys(mine ?? {})).toEqual([
      'nationalId',
      'listed',
      'status',
      'permitStartDate',
      'permitLapsesOn',
      'reportedWorkerCount',
      'workers',
      'workersBySeason',
      'findings',
    ]);
    const shown = new Set((await readAll('iskur')).flatMap((r) => (r.findings ?? []).map((f: any) => f.rule)));
    expect([...shown].some((rule) => ['identity-conflict', 'dummy-id'].includes(rule))).toBe(false);
    expect(shown.size).toBeGreaterThan(2);
    for (const asked of ['fields=children', 'children=1'])
      expectProblem(await api.ask(`${joint}/records?${asked}`, { as: 'iskur' }), 403, 'grant-closed');
  });

  test('counts what may be counted where the grant says so, and is closed once the ek protokol is gone', async () => {
    const grant = broker.app.agreement.grants['iskur-workers'] as { aggregates: string[] };
    grant.aggregates = ['birthDate'];
    const counted = (await readAll('iskur')).filter((r) => r.children !== null);
    expect(counted.map((r) => [r.nationalId, r.children])).toEqual(
      truth().flatMap((t) => (t.children ? [[t.nationalId, t.children]] : [])),
    );
    grant.aggregates = [];
    const { broker: parts } = broker.app;
    const state = await parts.state();
    const without = { ...state, openGrants: { 'cgm-agents': state.openGrants['cgm-agents'] } };
    const deps = (broker.app.door as unknown as { deps: { state: unknown } }).deps;
    deps.state = async () => without;
    expectProblem(await api.ask(`${joint}/records`, { as: 'iskur' }), 403, 'grant-closed');
    deps.state = parts.state;
  });

  test('is not pulled, has no source and no schedule', async () => {
    await expect(broker.run('joint.agents')).rejects.toMatchObject({ code: 'grant-closed' });
  });

  test('an export under way ends where other rules’ findings are open than when it began', async () => {
    const { deps } = broker.app.door as unknown as { deps: DoorDeps };
    const asker = askerOf('cgm');
    const begun = await permit(deps, asker, { action: 'export', dataset: 'joint.agents' });
    expect(begun.rules?.length).toBeGreaterThan(1);
    await permitStill(deps, asker, begun);
    await expect(permitStill(deps, asker, { ...begun, rules: begun.rules?.slice(1) })).rejects.toMatchObject({ code: 'state-conflict' });
  });
});

import { completeTckn } from '../../../src/core/nationalId';
import { type TestBroker, testBroker } from '../../support/broker';
import { parseCsv } from '../../support/csv';
import { somebody } from '../../support/people';
import { sorted, truthOf } from '../../support/truth';
import { type Api, closeClean, expectProblem, servedApi } from '../../surfaces/api/support';
import { type AskAs, allPages, askAs, ndjson, nextOf, type Row, told } from './rows';

const workers = 'emetip.workers';
const children = 'cts.children';
const scoped = { [workers]: 'workProvince', [children]: 'province' } as const;
type Scoped = keyof typeof scoped;
const days = 4;

describe('provincial staff, on every route', () => {
  let now = new Date('2026-11-22T09:00:00Z');
  let broker: TestBroker;
  let api: Api;
  /** Askers by party and province; the centre's is "". */
  const asks: Record<string, Record<string, AskAs>> = {};
  /** The stand-ins' own rows of each dataset, by snapshot: version 1 is that of the first day. */
  const truth: Record<string, Row[][]> = { [workers]: [], [children]: [] };
  /** Adana, and the province that most workers moved into or out of. */
  let provinces: [string, string];

  const as = (party: string, province = '') => asks[party]?.[province] as AskAs;
  const rowsOf = (dataset: string, version: number) => truth[dataset]?.[version - 1] as Row[];
  const inProvince = (dataset: Scoped, version: number, province: string) =>
    sorted(rowsOf(dataset, version).filter((row) => row[scoped[dataset]] === province));
  const fieldsOf = (party: string, dataset: string): string[] => {
    const grant = Object.values(broker.app.agreement.grants).find((g) => g.party === party && g.dataset === dataset);
    return grant ? [...grant.fields] : Object.keys(broker.app.agreement.datasets[dataset]?.fields ?? {});
  };
  const shownTo = (party: string, dataset: string, rows: Row[]) =>
    rows.map((row) => Object.fromEntries(fieldsOf(party, dataset).map((name) => [name, row[name] ?? null])));
  const byId = (rows: Row[]) => new Map(rows.map((row) => [row.nationalId, row]));
  const same = (one: Row | undefined, other: Row | undefined) => JSON.stringify(one) === JSON.stringify(other);
  const each = (work: (ask: AskAs, party: string, dataset: Scoped, province: string) => Promise<void>) => async () => {
    for (const party of ['cgm', 'iskur'])
      for (const dataset of [workers, children] as const)
        for (const province of provinces) await work(as(party, province), party, dataset, province);
  };

  beforeAll(async () => {
    broker = await testBroker({ agents: 60, workers: 1500, children: 500, clock: () => now });
    for (let day = 0; day < days; day += 1) {
      if (day > 0) broker.standIns.simulator.world.nextDay();
      now = new Date(now.getTime() + 24 * 3_600_000);
      for (const dataset of ['iskur.agents', workers, children]) {
        expect((await broker.run(dataset)).status).toBe('succeeded');
        truth[dataset]?.push(truthOf(broker.standIns, dataset as Scoped));
      }
    }
    const before = byId(rowsOf(workers, 1));
    const moves = new Map<string, number>();
    for (const row of rowsOf(workers, days)) {
      const was = before.get(row.nationalId);
      if (!was || was.workProvince === row.workProvince) continue;
      for (const one of [was.workProvince, row.workProvince]) moves.set(String(one), (moves.get(String(one)) ?? 0) + 1);
    }
    moves.delete('01');
    provinces = ['01', [...moves].sort((a, b) => b[1] - a[1])[0]?.[0] as string];
    api = await servedApi(broker);
    for (const party of ['cgm', 'iskur'])
      for (const province of ['', ...provinces])
        asks[party] = {
          ...asks[party],
          [province]: askAs(api, await somebody(broker.app.broker, party, province ? { province, unit: 'İl Müdürlüğü' } : {})),
        };
  }, 120_000);
  afterAll(() => closeClean(broker));

  test('there is something to see, and something to hide', () => {
    for (const dataset of [workers, children] as const)
      for (const province of provinces) {
        const own = inProvince(dataset, days, province).length;
        expect(own).toBeGreaterThan(3);
        expect(own).toBeLessThan(rowsOf(dataset, days).length / 2);
      }
  });

  test(
    'records, page by page, newest and of an older day: exactly the rows of the province',
    each(async (ask, party, dataset, province) => {
      for (const version of [1, 2, days]) {
        const found = await allPages(ask, `/v1/datasets/${dataset}/records?limit=7&snapshot=${version}`, 'records');
        expect(sorted(found)).toEqual(shownTo(party, dataset, inProvince(dataset, version, province)));
      }
      const newest = await allPages(ask, `/v1/datasets/${dataset}/records?limit=1000`, 'records');
      expect(sorted(newest)).toEqual(shownTo(party, dataset, inProvince(dataset, days, province)));
    }),
  );

  test(
    'filters narrow within the province and never lead out of it',
    each(async (ask, party, dataset, province) => {
      const other = provinces.find((one) => one !== province) as string;
      const read = (filter: string) => allPages(ask, `/v1/datasets/${dataset}/records?limit=500&${filter}`, 'records');
      const field = scoped[dataset];
      const own = shownTo(party, dataset, inProvince(dataset, days, province));
      expect(await read(`${field}=${other}`)).toEqual([]);
      expect(sorted(await read(`${field}=${other},${province}`))).toEqual(own);
      expect(sorted(await read(`${field}=${Array.from({ length: 81 }, (_, i) => String(i + 1).padStart(2, '0')).join()}`))).toEqual(own);
      if (dataset === workers) {
        const away = inProvince(dataset, days, province).filter((row) => row.homeProvince === other);
        expect(sorted(await read(`homeProvince=${other}`))).toEqual(shownTo(party, dataset, away));
      }
      const was = byId(rowsOf(dataset, 1));
      const since = inProvince(dataset, days, province).filter((row) => !same(row, was.get(row.nationalId)));
      expect(sorted(await read('changedSince=1'))).toEqual(shownTo(party, dataset, since));
      expect(await read(`changedSince=1&${field}=${other}`)).toEqual([]);
    }),
  );

  test(
    'exports, as NDJSON and CSV: the same rows, and no more are announced',
    each(async (ask, party, dataset, province) => {
      const own = shownTo(party, dataset, inProvince(dataset, days, province));
      const lines = await ask(`/v1/datasets/${dataset}/export`);
      expect(sorted(ndjson(lines.text))).toEqual(own);
      expect(lines.trailers['kopru-records']).toBe(String(own.length));
      const csv = await ask(`/v1/datasets/${dataset}/export?format=csv&separator=comma&fields=nationalId`);
      const cells = parseCsv(csv.text, ',').slice(1);
      expect(cells.map(([id]) => id?.trim()).sort()).toEqual(own.map((row) => row.nationalId));
      const older = await ask(`/v1/datasets/${dataset}/export?snapshot=1`);
      expect(sorted(ndjson(older.text))).toEqual(shownTo(party, dataset, inProvince(dataset, 1, province)));
      const other = provinces.find((one) => one !== province);
      const none = await ask(`/v1/datasets/${dataset}/export?${scoped[dataset]}=${other}`);
      expect([none.status, none.text]).toEqual([200, '']);
    }),
  );

  test(
    'one record by its id: one of another province is answered exactly as nobody is',
    each(async (ask, party, dataset, province) => {
      const find = (id: unknown) => ask(`/v1/datasets/${dataset}/record`, { body: { id: String(id) } });
      const own = inProvince(dataset, days, province)[0] as Row;
      expect((await find(own.nationalId)).json.record).toEqual(shownTo(party, dataset, [own])[0]);
      const nobody = await find(completeTckn('123456780'));
      expectProblem(nobody, 404, 'record-not-found');
      const elsewhere = rowsOf(dataset, days).filter((row) => row[scoped[dataset]] !== province);
      for (const row of elsewhere.slice(0, 5)) expect(told(await find(row.nationalId))).toEqual(told(nobody));
    }),
  );

  test('changes: who moved away is told as removed, as it last was here, and who moved in as added', async () => {
    let [away, came] = [0, 0];
    await each(async (ask, party, dataset, province) => {
      for (const [from, to] of [
        [1, 2],
        [2, 3],
        [1, days],
      ] as const) {
        const [was, is] = [byId(inProvince(dataset, from, province)), byId(inProvince(dataset, to, province))];
        const everywhere = [byId(rowsOf(dataset, from)), byId(rowsOf(dataset, to))];
        const expected = [
          ...[...was].flatMap(([id, row]) => (is.has(id) ? [] : [{ change: 'removed', row }])),
          ...[...is].flatMap(([id, row]) => (was.has(id) ? [] : [{ change: 'added', row }])),
          ...[...is].flatMap(([id, row]) => (was.has(id) && !same(was.get(id), row) ? [{ change: 'changed', row }] : [])),
        ];
        away += expected.filter(({ change, row }) => change === 'removed' && everywhere[1]?.has(row.nationalId)).length;
        came += expected.filter(({ change, row }) => change === 'added' && everywhere[0]?.has(row.nationalId)).length;
        const place = ({ change, record }: { change: string; record: Row }) => `${record.nationalId} ${change}`;
        const inOrder = (list: { change: string; record: Row }[]) => [...list].sort((a, b) => (place(a) < place(b) ? -1 : 1));
        const found = await allPages(ask, `/v1/datasets/${dataset}/changes?from=${from}&to=${to}&limit=5`, 'changes');
        expect(inOrder(found)).toEqual(
          inOrder(expected.map(({ change, row }) => ({ change, record: shownTo(party, dataset, [row])[0] as Row }))),
        );
        // What is asked of another province is nothing, also of those who went there.
        const other = provinces.find((one) => one !== province);
        const elsewhere = `/v1/datasets/${dataset}/changes?from=${from}&to=${to}&${scoped[dataset]}=${other}`;
        for (const { record } of await allPages(ask, elsewhere, 'changes')) expect(record[scoped[dataset]]).toBe(province);
      }
    })();
    expect(away).toBeGreaterThan(0);
    expect(came).toBeGreaterThan(0);
  });

  test('datasets without provinces are refused on every route, and the centre reads them', async () => {
    const routes: [string, object?][] = [
      ['records'],
      ['export'],
      ['export?format=csv'],
      ['changes?from=1'],
      ['record', { id: completeTckn('123456780') }],
    ];
    for (const [dataset, party] of [
      ['iskur.agents', 'cgm'],
      ['iskur.agents', 'iskur'],
      ['joint.agents', 'cgm'],
    ] as const) {
      for (const [route, body] of [...routes, ...(dataset === 'iskur.agents' ? [['lookups', routes[4]?.[1]] as [string, object]] : [])])
        for (const province of provinces)
          expectProblem(await as(party, province)(`/v1/datasets/${dataset}/${route}`, body ? { body } : {}), 403, 'scope-refused');
      expect((await as(party)(`/v1/datasets/${dataset}/records`)).status).toBe(200);
    }
  });

  test('a cursor that was given out to somebody else of another province or the centre leads nowhere', async () => {
    for (const route of ['records?limit=2', 'changes?from=1&limit=2']) {
      const first = `/v1/datasets/${workers}/${route}`;
      const cursors = new Map<string, string>();
      for (const whose of ['', ...provinces]) cursors.set(whose, nextOf(await as('cgm', whose)(first)) as string);
      for (const [whose, next] of cursors)
        for (const asking of ['', ...provinces]) {
          const answer = await as('cgm', asking)(next);
          if (asking === whose) expect(answer.status).toBe(200);
          else expectProblem(answer, 400, 'request-invalid');
        }
    }
  });

  test('an ETag of the centre, or of another province, is nothing that provincial staff have', async () => {
    for (const dataset of [workers, children] as const) {
      const field = scoped[dataset];
      for (const [route, joined] of [
        ['records', '?'],
        ['export', '?'],
        ['changes?from=1', '&'],
      ] as const) {
        const where = `/v1/datasets/${dataset}/${route}`;
        const theirs = [
          String((await as('cgm')(where)).headers.etag),
          String((await as('cgm', provinces[1])(where)).headers.etag),
          // As if the centre's filter were the person's own province.
          ...(route.startsWith('changes') ? [String((await as('cgm')(`${where}${joined}${field}=01`)).headers.etag)] : []),
        ];
        for (const tag of theirs) {
          const answer = await as('cgm', '01')(where, { headers: { 'if-none-match': tag } });
          expect({ where, status: answer.status }).toEqual({ where, status: 200 });
        }
        const own = String((await as('cgm', '01')(where)).headers.etag);
        expect((await as('cgm', '01')(where, { headers: { 'if-none-match': own } })).status).toBe(304);
      }
    }
  });

  test('findings and their summary: those that lie on a record of the province', async () => {
    const own = { 'child-unknown': workers, 'worker-under-age': workers, 'household-unknown': children } as const;
    for (const status of ['open', 'open,closed']) {
      const all = await allPages(as('cgm'), `/v1/findings?limit=500&status=${status}`, 'findings');
      const lies = new Map(
        (
          await broker.database.db.pool.query(
            `select f.id, coalesce(r.open ->> 'workProvince', r.open ->> 'province') as province
               from finding f join record_version r on r.id = f.record_id`,
          )
        ).rows.map((row) => [row.id, row.province]),
      );
      for (const province of provinces) {
        const found = await allPages(as('cgm', province), `/v1/findings?limit=3&status=${status}`, 'findings');
        // What several records name counts them all, so it is for the centre.
        const tellsOfMany = (rule: string) => broker.app.agreement.rules[rule]?.kind.startsWith('reference-') ?? false;
        expect(all.some(({ rule }) => tellsOfMany(rule))).toBe(true);
        expect(found).toEqual(all.filter(({ id, rule }) => lies.get(id) === province && !tellsOfMany(rule)));
        expect(found.length).toBeGreaterThan(0);
        const { json } = await as('cgm', province)(`/v1/findings/summary?status=${status}`);
        const counted = json.rules.flatMap((r: any) => (r.open + r.closed > 0 ? [[r.rule, r.open + r.closed]] : []));
        const counts = new Map<string, number>();
        for (const { rule } of found) counts.set(rule, (counts.get(rule) ?? 0) + 1);
        expect(new Map(counted)).toEqual(counts);
        if (status !== 'open') continue;
        // Held against the truth of today, wherever somebody was before.
        for (const [rule, dataset] of Object.entries(own) as [keyof typeof own, Scoped][]) {
          const here = new Set(inProvince(dataset, days, province).map((row) => row.nationalId));
          const expected = all.filter((f) => f.rule === rule && here.has(f.subject)).map((f) => f.id);
          expect({ rule, ids: found.filter((f) => f.rule === rule).map((f) => f.id) }).toEqual({ rule, ids: expected });
        }
        // Nobody is named who stands in no record of the province.
        const named = new Set(
          [workers, children].flatMap((d) =>
            inProvince(d as Scoped, days, province).flatMap((row) => [row.nationalId, row.householdHeadId, row.agentId]),
          ),
        );
        expect(found.filter((f) => !named.has(f.subject)).map((f) => f.rule)).toEqual([]);
      }
    }
  });
});

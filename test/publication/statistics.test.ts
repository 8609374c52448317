import loadHighs from 'highs';
import { controlRules } from '../../src/publication/control/rules';
import { digestOf } from '../../src/publication/publications/digest';
import { publicationOf } from '../../src/publication/publications/store';
import { showPublication } from '../../src/publication/publications/view';
import { countStatistic } from '../../src/publication/statistics/count';
import { type TestBroker, testBroker } from '../support/broker';
import { broken, largeAttacker } from './control/support/attacker';
import { type Desk, datasets, desk } from './support';

let broker: TestBroker;
let people: Desk;
beforeAll(async () => {
  broker = await testBroker({ agents: 600, workers: 5_000, children: 2_500 });
  for (const dataset of datasets) await broker.run(dataset);
  people = await desk(broker);
}, 120_000);
afterAll(() => broker?.close());

const counted = async (id: string) => {
  const { agreement, db } = broker.app;
  const statistic = agreement.statistics[id];
  if (!statistic) throw new Error(id);
  return countStatistic({ db, agreement }, id, statistic);
};
const truth = <D extends string>(dataset: D) => [...broker.standIns.simulator.world.truth(dataset as never)] as Record<string, any>[];

/** How many of these there are, by what they are sorted by. */
function tally(rows: readonly Record<string, any>[], sort: (row: Record<string, any>) => (string | number)[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(sort(row).join(' '), (counts.get(sort(row).join(' ')) ?? 0) + 1);
  return counts;
}
const cells = ({ table }: Awaited<ReturnType<typeof counted>>) => new Map(table.cells.map(({ at, count }) => [at.join(' '), count]));

describe('counts equal the stand-ins’ own truth', () => {
  test('workers by province and the month in which they began', async () => {
    const year = (broker.standIns.simulator.world.date() as string).slice(0, 4);
    const month = (date: string | null) => {
      if (date === null) return '_U';
      const own = date.slice(0, 4);
      return own < year ? '_B' : own > year ? '_A' : date.slice(0, 7);
    };
    const expected = tally(truth('emetip.workers'), (w) => [w.workProvince ?? '_U', month(w.workStartDate ?? null)]);
    expect(cells(await counted('workers-by-province-month'))).toEqual(expected);
  });

  test('children by sector, age within the year and schooling', async () => {
    const year = Number((broker.standIns.simulator.world.date() as string).slice(0, 4));
    const band = (birth: string | null) => {
      const age = birth === null ? -1 : year - Number(birth.slice(0, 4));
      const bands = [
        [0, 5],
        [6, 9],
        [10, 13],
        [14, 14],
        [15, 17],
      ] as const;
      if (age >= 18) return '18+';
      const found = bands.find(([from, to]) => age >= from && age <= to);
      return found ? (found[0] === found[1] ? String(found[0]) : `${found[0]}-${found[1]}`) : '_U';
    };
    const known = broker.app.agreement.datasets['cts.children']?.fields.schooling;
    const codes = known?.type === 'code' ? known.values : [];
    const code = (value: string | null) => (value === null ? '_U' : codes.includes(value) ? value : '_O');
    const expected = tally(truth('cts.children'), (c) => [c.sector, band(c.birthDate ?? null), code(c.schooling ?? null)]);
    expect(cells(await counted('children-by-sector-age-schooling'))).toEqual(expected);
  });

  test('intermediaries by status and the province where most of their workers work; sums say who makes them up', async () => {
    const workers = truth('emetip.workers').filter((w) => w.agentId && w.memberRole === 'İŞÇİ');
    const listed = new Map(truth('iskur.agents').map((a) => [a.nationalId, a]));
    const subjects = new Set([...listed.keys(), ...truth('emetip.workers').flatMap((w) => w.agentId ?? [])]);
    const most = (id: string) => {
      const by = [
        ...tally(
          workers.filter((w) => w.agentId === id),
          (w) => [w.workProvince ?? '_U'],
        ),
      ];
      by.sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
      return by[0]?.[0] ?? '_U';
    };
    const status = (id: string) => listed.get(id)?.status ?? '_U';
    const expected = tally(
      [...subjects].map((id) => ({ id })),
      ({ id }) => [status(id), most(id)],
    );
    const found = cells(await counted('agents-by-status-province'));
    expect([...found.values()].reduce((sum, n) => sum + n, 0)).toBe(subjects.size);
    expect(found).toEqual(expected);

    const { table, sources } = await counted('agent-workers-by-status');
    const active = table.cells.find(({ at }) => at[0] === 'AKTİF');
    const own = [
      ...tally(
        workers.filter((w) => status(w.agentId) === 'AKTİF'),
        (w) => [w.agentId],
      ).values(),
    ].sort((a, b) => b - a);
    expect(active).toEqual({
      at: ['AKTİF'],
      count: own.reduce((sum, n) => sum + n, 0),
      contributions: { contributors: own.length, largest: own[0], second: own[1] },
    });
    expect(Object.keys(sources).sort()).toEqual(['emetip.workers', 'iskur.agents', 'joint.agents']);
  });

  test('findings by rule and province', async () => {
    const { table } = await counted('findings-by-rule-province');
    const { rows } = await broker.app.db.pool.query(`select rule, count(*)::int as n from finding where status = 'open' group by 1`);
    const byRule = new Map<string, number>();
    for (const { at, count } of table.cells) byRule.set(at[0] ?? '', (byRule.get(at[0] ?? '') ?? 0) + count);
    expect(byRule).toEqual(new Map(rows.map((row) => [row.rule, row.n])));
    expect(table.cells.some(({ at }) => /^\d\d$/.test(at[1] ?? ''))).toBe(true);
  });
});

describe('what is frozen', () => {
  test('in every table no attacker with another solver bounds a hidden cell, from all tables of the same people together', async () => {
    const byPopulation = new Map<string, number[]>();
    for (const id of Object.keys(broker.app.agreement.statistics)) {
      // A table that cannot be shown safe beside the ones before is refused, and tells nothing.
      const number = await people.propose(id).catch((error) => {
        if (error.code !== 'table-refused') throw error;
      });
      if (number === undefined) continue;
      const { population } = await publicationOf(broker.app.db, broker.app.agreement, number);
      byPopulation.set(population, [...(byPopulation.get(population) ?? []), number]);
    }
    expect(byPopulation.size).toBeGreaterThanOrEqual(5);
    const highs = await loadHighs();
    let hidden = 0;
    for (const numbers of byPopulation.values()) {
      const tables = await Promise.all(numbers.map(async (n) => (await publicationOf(broker.app.db, broker.app.agreement, n)).table));
      const small = tables.filter(({ cells: all }) => all.length <= 120);
      // Together as far as the unknowns of all combinations stay few, and each by itself.
      for (const known of [...tables.map((table) => [table]), ...(small.length > 1 ? [small] : [])])
        expect(broken(known, largeAttacker(highs, known))).toEqual([]);
      for (const table of tables) hidden += table.cells.filter(({ count }) => count === null).length;
    }
    expect(hidden).toBeGreaterThan(50);
  }, 240_000);

  test('nothing below the minimum is shown, and the digest is that of what readers get', async () => {
    const { rows } = await broker.app.db.pool.query<{ id: number }>('select id from publication order by id');
    for (const { id } of rows) {
      const one = await publicationOf(broker.app.db, broker.app.agreement, id);
      const shown = one.table.cells.flatMap(({ count }) => (count === null || count === 0 ? [] : [count]));
      expect(Math.min(...shown)).toBeGreaterThanOrEqual(controlRules.minimum);
      expect(digestOf(one.table, one.sources)).toBe(one.digest);
      const view = await showPublication(broker.app.publication, id);
      expect(JSON.stringify(view.table)).not.toContain('guards');
    }
  });
});

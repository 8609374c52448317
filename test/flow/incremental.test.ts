import { reconcile } from '../../src/operations/reconcile';
import { requestRun, runView } from '../../src/operations/runs/runs';
import { releaseHeld } from '../../src/operations/snapshots';
import { loadSources } from '../../src/sources';
import { type TestBroker, testBroker } from '../support/broker';
import { until } from '../support/until';

const workers = 'emetip.workers';
const datasets = ['iskur.agents', workers, 'cts.children'];

describe('what is compared from day to day comes to what comparing everything comes to', () => {
  let now = new Date('2026-11-22T09:00:00Z');
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await testBroker({ agents: 100, workers: 1000, children: 300, clock: () => now });
    for (const dataset of datasets) await broker.run(dataset);
  }, 60_000);
  afterAll(() => broker.close());

  const ask = async (sql: string) => (await broker.app.db.pool.query(sql)).rows;
  const nextDay = () => {
    now = new Date(now.getTime() + 24 * 3_600_000);
    broker.standIns.simulator.world.nextDay();
  };
  /** The narrow tables, the worklist and the derived dataset, as they are. */
  const state = async () => {
    // What of the registers is current, and what was counted of it.
    const inputs = await ask(
      `select viewname as name from pg_views where schemaname = 'compare'
       union all select tablename from pg_tables where schemaname = 'compare' and starts_with(tablename, 'referred_') order by 1`,
    );
    expect(inputs).toHaveLength(4);
    const tables: unknown[] = [];
    for (const { name } of inputs) tables.push(await ask(`select t::text from compare.${name} t order by 1`));
    return {
      tables,
      counted: await counted(),
      findings: await ask('select rule, subject::text, status, detail::text, dataset, record_id, field from finding order by 1, 2'),
      derived: await ask(
        `select key_index::text, r.open::text from record_version r join dataset d on d.id = r.dataset_id
         where d.name = 'joint.agents' and closed is null order by 1`,
      ),
    };
  };
  /** What the derived dataset counts, by its finest groups. */
  const counted = async () => {
    const [table, ...others] = await ask(
      `select tablename as name from pg_tables where schemaname = 'compare' and tablename ~ '^counted_'`,
    );
    expect(others).toEqual([]);
    const columns = await ask(
      `select quote_ident(column_name) as name, column_name ~ '^n' as is_count from information_schema.columns
       where table_schema = 'compare' and table_name = '${table.name}' and column_name <> 'id' order by 1`,
    );
    const [groups, counts] = [false, true].map((is) => columns.filter(({ is_count }) => is_count === is).map(({ name }) => name));
    const sums = counts?.map((name) => `sum(${name})::int`);
    return ask(
      `select (${groups})::text as "of", array[${sums}] as counts from compare.${table.name} group by ${groups} having sum(n) > 0 order by 1`,
    );
  };
  /** Compared by what changed so far, and then anew. */
  const expectSame = async (comparisons: number) => {
    const last = await broker.app.db.prisma.reconciliation.findMany({ orderBy: { id: 'desc' }, take: comparisons });
    expect(last.map(({ whole }) => whole)).toEqual(last.map(() => false));
    const before = await state();
    const unchanged = { opened: 0, reopened: 0, changed: 0, closed: 0 };
    expect(await reconcile(broker.app.broker, { whole: true })).toMatchObject({ ...unchanged, whole: true });
    expect(await state()).toEqual(before);
  };

  test('over several days of which some bring only one register', async () => {
    for (const pulled of [datasets, [workers], ['cts.children'], ['iskur.agents', workers]]) {
      nextDay();
      for (const dataset of pulled) expect((await broker.run(dataset)).status).toBe('succeeded');
    }
    await expectSame(7);
  }, 60_000);

  test('when a snapshot was held and rejected, held and replaced, held and released', async () => {
    const half = async () => {
      broker.standIns.simulator.faults.order({ service: 'workers', kind: 'half-list' });
      expect((await broker.run(workers)).status).toBe('held');
      broker.standIns.simulator.faults.clear();
    };
    nextDay();
    await half();
    // While it waits, its rows are there and not to be seen.
    expect((await broker.run('cts.children')).status).toBe('succeeded');
    await releaseHeld(broker.app.broker, workers, 'reject', 'half a list', 'test');
    expect((await broker.run(workers)).status).toBe('succeeded');
    await expectSame(2);
    nextDay();
    await half();
    expect((await broker.run(workers)).status).toBe('succeeded');
    await expectSame(1);
    nextDay();
    await half();
    await releaseHeld(broker.app.broker, workers, 'release', 'it is so', 'test');
    await reconcile(broker.app.broker);
    await expectSame(1);
    expect((await broker.run(workers)).status).toBe('succeeded');
    await expectSame(1);
  }, 60_000);

  test('when records that were set aside are replayed', async () => {
    const right = loadSources(broker.standIns.sourcesFile, broker.app.agreement).sources;
    const wrong = structuredClone(right) as unknown as Record<string, { fields: Record<string, object> }>;
    Object.assign(wrong[workers]?.fields.workStartDate as object, { format: 'dd.MM.yyyy' });
    const use = (sources: unknown) => Object.assign(broker.app.broker, { sources });
    nextDay();
    use(wrong);
    expect((await broker.run(workers)).status).toBe('held');
    use(right);
    // So many at once wait for a word.
    expect((await broker.run(workers, 'replay')).status).toBe('held');
    await releaseHeld(broker.app.broker, workers, 'release', 'the mapping is mended', 'test');
    await reconcile(broker.app.broker);
    await expectSame(1);
  }, 60_000);

  test('when the counts had become long, and were summed up', async () => {
    const [{ name }] = await ask(
      `select 'compare.' || tablename as name from pg_tables where schemaname = 'compare' and tablename ~ '^counted_'`,
    );
    const length = async () => Number((await ask(`select count(*) from ${name}`))[0].count);
    const groups = await length();
    for (let times = 0; times < 2; times += 1) await ask(`insert into ${name} (subject, n) select subject, 0 from ${name}`);
    nextDay();
    expect((await broker.run(workers)).status).toBe('succeeded');
    expect(await length()).toBeLessThan(1.5 * groups);
    await expectSame(1);
  }, 60_000);

  test('even if numbers of records do not grow with the snapshots', async () => {
    const { pool } = broker.app.db;
    const busy = await pool.connect();
    nextDay();
    // Nothing is compared while somebody else compares.
    await busy.query('begin; select pg_advisory_xact_lock(71005, 0)');
    const { id } = await requestRun(broker.app.broker, { dataset: workers, kind: 'pull', mode: 'manual' }, 'test');
    const { snapshot } = await until(async () => {
      const run = await runView(broker.app.db, id);
      return run.status === 'succeeded' && run;
    });
    const moved = await pool.query(
      `update record_version r set id = -r.id from dataset d where d.id = r.dataset_id and d.name = $1 and r.opened = $2
       and get_byte(r.key_index, 0) < 128`,
      [workers, snapshot],
    );
    expect(moved.rowCount).toBeGreaterThan(0);
    await busy.query('commit');
    busy.release();
    await until(
      async () => (await ask('select snapshots from reconciliation order by id desc limit 1'))[0].snapshots[workers] === snapshot,
    );
    await expectSame(1);
  }, 60_000);
});

import { KeyRing, masterKey } from '../../src/infra/keys';
import { openStored } from '../../src/snapshots/open';
import { agreement2024 } from '../agreements/support/files';
import { type Many, many } from '../support/many';
import type { RunningUp } from '../support/program';
import { hasRedis, type TestRedis, testRedis } from '../support/redis';
import { times } from '../support/thorough';
import { until } from '../support/until';
import { fastSlots } from './fastSlots';

const workers = 'emetip.workers';

if (!hasRedis) console.error('SKIPPED: no redis-server on this machine, so separate processes are not tested on Redis.');
const places = hasRedis ? ['Redis', 'PostgreSQL'] : ['PostgreSQL'];

describe.each(places)('separate processes, the queue on %s', (place) => {
  let redis: TestRedis | undefined;
  let broker: Many;
  const running: RunningUp[] = [];
  const start = async (...args: string[]) => {
    const one = await broker.program.stay(args);
    running.push(one);
    return one;
  };

  beforeAll(async () => {
    redis = place === 'Redis' ? await testRedis() : undefined;
    broker = await many({
      size: '60,2400,120',
      // On one of the two places, kills fall into what follows a publication, too.
      lean: place === 'Redis',
      env: redis ? { REDIS_URL: redis.url } : {},
      sources: ({ sources, ...rest }) => ({
        ...rest,
        sources: {
          ...sources,
          [workers]: { ...sources[workers], split: { by: 'pages', records: 120 }, limits: { pageSize: 20, compression: 'none' } },
        },
      }),
    });
  }, 60_000);
  afterAll(async () => {
    await broker.close();
    await redis?.stop();
  }, 60_000);

  const pool = () => broker.database.db.pool;
  const runStatus = async (id: number) => (await pool().query('select status from run where id = $1', [id])).rows[0]?.status as string;
  const ended = (id: number) => until(async () => !['queued', 'running', 'waiting'].includes(await runStatus(id)));
  const sync = async () => {
    const { out, err } = await broker.program.kopru(['sync', workers, '--json']);
    return (JSON.parse(out || `{"error":${JSON.stringify(err)}}`) as { runs: number[] }).runs[0] as number;
  };

  /** Opens what the snapshot holds now, as the broker's own key opens it, and holds it against the source's truth. */
  const checkTruth = async () => {
    const { db } = broker.database;
    const keys = new KeyRing(db, masterKey(`${broker.program.folder}/data/secrets/master.key`, { create: false }));
    const open = await openStored(agreement2024, workers, keys);
    const { rows } = await pool().query(
      `select key_index as "keyIndex", hash, key_id as "keyId", open, sealed from record_version r join dataset d on d.id = r.dataset_id
       where d.name = $1 and closed is null`,
      [workers],
    );
    const found = (await open(rows)).map((record) => record?.nationalId as string);
    const truth = [...broker.standIns.simulator.world.truth(workers)].map((w) => w.nationalId);
    expect(found.sort()).toEqual(truth.sort());
  };

  test('two of each work together on a pull in parts', async () => {
    for (const kind of ['api', 'api', 'work', 'work', 'schedule', 'schedule']) expect((await start(kind)).output()).toMatch(/: ready/);
    const listed = JSON.parse((await broker.program.kopru(['processes', '--json'])).out) as { kind: string }[];
    expect(listed.map((p) => p.kind)).toEqual(['api', 'api', 'schedule', 'schedule', 'work', 'work']);
    const id = await sync();
    await ended(id);
    expect(await runStatus(id)).toBe('succeeded');
    const parts = await pool().query('select status from run_part where run_id = $1', [id]);
    expect(parts.rows.map((row) => row.status)).toEqual(Array(20).fill('done'));
    await checkTruth();
  }, 240_000);

  test('each ends in order when it is told to', async () => {
    for (const { child } of running) child.kill('SIGTERM');
    for (const { ended: end } of running) expect(await end).toMatchObject({ code: 0, out: expect.stringMatching(/stopped\n$/) });
    running.length = 0;
    expect(JSON.parse((await broker.program.kopru(['processes', '--json'])).out)).toEqual([]);
  }, 60_000);

  test('workers killed at many points of pulls in parts: the snapshot equals the source, nothing twice', async () => {
    let seed = 20_261_121;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed / 2 ** 31;
    };
    const snapshots = async () => (await pool().query(`select version, status from snapshot where dataset = $1`, [workers])).rows.length;
    const before = await snapshots();
    let worker = await start('work', '--pulls');
    const wanted = times(6, 20);
    let kills = 0;
    let pulls = 0;
    while (kills < wanted) {
      broker.standIns.simulator.world.nextDay();
      const id = await sync();
      pulls += 1;
      // Points of this pull, in parts that are done; some lie in the planning, some in the publication.
      const points = [...new Set(Array.from({ length: 7 }, () => Math.floor(random() * 21)))].sort((a, b) => a - b);
      for (const point of points) {
        const reached = await until(async () => {
          const { rows } = await pool().query(
            `select r.status, count(p.*) filter (where p.status = 'done')::int as done from run r left join run_part p on p.run_id = r.id
             where r.id = $1 group by r.id`,
            [id],
          );
          return rows[0].done >= point || !['queued', 'running', 'waiting'].includes(rows[0].status) ? rows[0] : undefined;
        });
        if (!['queued', 'running', 'waiting'].includes(reached.status)) break;
        worker.child.kill('SIGKILL');
        await worker.ended;
        kills += 1;
        worker = await start('work', '--pulls');
      }
      await ended(id);
      expect(await runStatus(id)).toBe('succeeded');
      await checkTruth();
    }
    expect(await snapshots()).toBe(before + pulls);
    const { rows } = await pool().query(
      `select count(*)::int as n from (select key_index from record_version where closed is null group by dataset_id, key_index having count(*) > 1) twice`,
    );
    expect(rows[0].n).toBe(0);
    worker.child.kill('SIGTERM');
    await worker.ended;
  }, 600_000);
});

fastSlots();

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { to } from 'pg-copy-streams';
import { askerOf } from '../support/asker';
import { type TestBroker, testBroker } from '../support/broker';
import { readAll } from '../support/readAll';
import { truthOf } from '../support/truth';

const datasets = ['iskur.agents', 'emetip.workers', 'cts.children'] as const;

/** All bytes of all tables of the database, as the server would copy them out. */
async function wholeDatabase(broker: TestBroker): Promise<string> {
  const { pool } = broker.app.db;
  const { rows } = await pool.query(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`,
  );
  let bytes = '';
  for (const { name } of rows) {
    const client = await pool.connect();
    for await (const part of client.query(to(`copy ${name} to stdout (format binary)`)) as AsyncIterable<Buffer>)
      bytes += part.toString('latin1');
    client.release();
  }
  return bytes;
}

test('no national id and no name stands in clear in the database or in the log, whatever happened', async () => {
  const broker = await testBroker();
  try {
    const { faults } = broker.standIns.simulator;
    faults.order({ service: 'workers', kind: 'wrong-type', field: 'season', share: 0.1, as: 'text' });
    faults.order({ service: 'agents', kind: 'duplicate-conflicting', count: 2 });
    faults.order({ service: 'children', kind: 'cut-json', when: { page: 1 } });
    for (const dataset of datasets) await broker.run(dataset);
    faults.clear();
    broker.standIns.simulator.world.nextDay();
    for (const dataset of datasets) expect((await broker.run(dataset)).status).toBe('succeeded');
    faults.order({ service: 'workers', kind: 'half-list' });
    expect((await broker.run('emetip.workers')).status).toBe('held');
    // A run that ends on the way leaves its staging behind.
    faults.order({ service: 'children', kind: 'not-authorised-500', when: { page: 1 } });
    expect((await broker.run('cts.children')).status).toBe('failed');
    const [worker] = truthOf(broker.standIns, 'emetip.workers');
    await broker.app.door.record(askerOf('cgm'), 'emetip.workers', {}, worker?.nationalId as string).catch(() => undefined);
    await readAll(broker.app, 'cgm', 'iskur.agents');

    const dump = await wholeDatabase(broker);
    const log = readFileSync(path.join(broker.folder, 'logs/kopru.log'), 'utf8');
    expect(dump.length).toBeGreaterThan(100_000);
    expect(log).toMatch(/"level":"debug"|"level":"info"/);
    const clear: string[] = [];
    for (const dataset of datasets) {
      for (const row of truthOf(broker.standIns, dataset)) {
        for (const value of [row.nationalId, row.fullName, row.householdHeadId, row.agentId].filter(
          (v): v is string => typeof v === 'string' && v.length > 6,
        )) {
          if (dump.includes(Buffer.from(value).toString('latin1')) || log.includes(value))
            clear.push(`${dataset}: ${value.length} characters`);
        }
      }
    }
    expect(clear).toEqual([]);
    // The search itself finds what stands there in clear.
    expect(dump).toContain('emetip.workers');
  } finally {
    await broker.close();
  }
});

import { fork } from 'node:child_process';
import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import Fastify from 'fastify';
import type { App } from '../src/app/app';
import { keyedIndex } from '../src/core/sealing';
import type { LocalTls } from '../src/infra/tls';
import type { LoadPlan } from './load';

export interface ReadFigures {
  /** Answers a second of each turn: of a bare route with one prepared statement, and of the API's own, decided, counted, logged and opened. */
  bare: number[];
  audited: number[];
  /** Answers that were not what was asked for. */
  other: number;
}

const turns = 3;
const [connections, millis] = [64, 3_000];

/** Reads single records from the snapshot, by turns from a bare fastify route over pg and through the API. */
export async function readBench(
  app: App,
  plan: { api: string; tls: LocalTls; token: string; dataset: string; ids: readonly string[] },
): Promise<ReadFigures> {
  const { api, tls, token, dataset, ids } = plan;
  const indexKey = createSecretKey((await app.broker.keys.current(app.agreement.id, 'index')).bytes);
  const server = Fastify({ https: { key: tls.key, cert: tls.cert } });
  server.post<{ Body: { index: string } }>('/bare', async ({ body }) => {
    const { rows } = await app.db.pool.query({
      name: 'bench-bare',
      text: `select r.open from record_version r join dataset d on d.id = r.dataset_id where d.name = $1 and r.key_index = $2 and r.closed is null`,
      values: [dataset, Buffer.from(body.index, 'hex')],
    });
    return rows[0];
  });
  await server.listen({ host: 'localhost', port: 0 });
  const { port } = server.server.address() as { port: number };
  const headers = { authorization: `Bearer ${token}`, 'kopru-purpose': 'schooling', 'kopru-case': 'BENCH-1' };
  const common = { caFile: tls.caFile, connections, millis };
  const bodies = ids.map((id) => JSON.stringify({ id }));
  const indexes = ids.map((id) => JSON.stringify({ index: keyedIndex(indexKey, id).toString('hex') }));
  const figures: ReadFigures = { bare: [], audited: [], other: 0 };
  const turn = async (of: LoadPlan) => {
    const { answers, other } = await loaded(of);
    figures.other += other;
    return answers / (of.millis / 1000);
  };
  const bare = { ...common, url: `https://localhost:${port}/bare`, headers: {}, bodies: indexes };
  const audited = { ...common, url: `${api}/v1/datasets/${dataset}/record`, headers, bodies };
  for (const of of [bare, audited]) await turn({ ...of, millis: 1_000 });
  for (let i = 0; i < turns; i += 1) {
    figures.bare.push(await turn(bare));
    figures.audited.push(await turn(audited));
  }
  await server.close();
  return figures;
}

export async function loaded(plan: LoadPlan): Promise<{ answers: number; other: number }> {
  const child = fork(path.join(__dirname, 'load.js'));
  child.send(plan);
  const [counted] = await once(child, 'message');
  return counted;
}

import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { systemClock } from '../../../src/core/clock';
import { createLog } from '../../../src/infra/log';
import { ensureLocalTls } from '../../../src/infra/tls';
import type { BrokerMetrics } from '../../../src/operations/upkeep/metrics';
import { type OpsDeps, opsServer } from '../../../src/surfaces/ops/server';
import { type Api, apiAt } from '../api/support';

export const token = `operators-token_${'x'.repeat(27)}`;
export const bearer = { authorization: `Bearer ${token}` };
export const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

export const nothingMeasured: BrokerMetrics = {
  queues: [],
  liveRuns: [],
  endedRuns: [],
  durations: [],
  snapshots: [],
  held: [],
  sourceErrors: [],
  lookups: [],
  processes: [],
  incidents: [],
  clocks: [],
  subjectRequests: [],
};

export interface Ops {
  server: FastifyInstance;
  api: Api;
  /** What it wrote into its log. */
  log(): string;
  close(): Promise<void>;
}

/** An operators' listener on a real socket, with parts that say yes unless others are given. */
export async function servedOps(changes: Partial<OpsDeps> = {}): Promise<Ops> {
  const folder = path.join(os.tmpdir(), `kopru-ops-${process.pid}-${Date.now()}`);
  const tls = await ensureLocalTls(path.join(folder, 'tls'), ['localhost'], systemClock);
  const log = createLog({ dataFolder: folder, logFile: undefined, logLevel: 'debug' });
  const deps: OpsDeps = { kind: 'work', ready: async () => undefined, metrics: async () => nothingMeasured, token, log };
  const server = await opsServer({ ...deps, ...changes }, tls);
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as { port: number };
  return {
    server,
    api: apiAt(`https://127.0.0.1:${port}`, tls.ca, {}),
    log: () => readFileSync(path.join(folder, 'logs/kopru.log'), 'utf8'),
    close: async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

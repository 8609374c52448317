import Fastify from 'fastify';
import type { App } from '../src/app/app';
import type { LocalTls } from '../src/infra/tls';
import { actingPerson } from '../src/publication/acting';
import { approvePublication, publishPublication } from '../src/publication/publications/decide';
import { proposePublication } from '../src/publication/publications/propose';
import { showPublication } from '../src/publication/publications/view';
import { somebody } from '../test/support/people';
import { loaded } from './reads';

export interface OpenFigures {
  cells: number;
  bytes: number;
  /** Seconds in which the table was counted, made safe and frozen. */
  proposing: number;
  /** Answers a second of each turn: of a static route, and of the public address. */
  still: number[];
  open: number[];
  other: number;
}

const turns = 3;
const [connections, millis] = [64, 3_000];
const statistic = 'workers-by-home-province-role';
const document = 'bench';

/** Publishes a table of the host's own data, and reads it by turns from a static fastify route with the same bytes and from its address. */
export async function publicBench(app: App, { api, tls }: { api: string; tls: LocalTls }): Promise<OpenFigures> {
  const { publication } = app;
  const who = async (role: 'statistics' | 'approver') => {
    const { id } = await somebody(app.broker, 'cgm', { roles: [role] });
    return actingPerson(publication, id, role === 'approver' ? 'approve' : 'publish', 'bench');
  };
  const [publisher, approver] = [await who('statistics'), await who('approver')];
  const begun = performance.now();
  const number = await proposePublication(publication, { statistic, document }, publisher);
  const proposing = (performance.now() - begun) / 1000;
  const { digest, table } = await showPublication(publication, number);
  await approvePublication(publication, number, { digest, document }, approver);
  await publishPublication(publication, number, document, publisher);

  const url = `${api}/public/v1/publications/${number}`;
  const server = Fastify({ https: { key: tls.key, cert: tls.cert } });
  const bytes = Buffer.from(JSON.stringify(table));
  server.get('/still', async (_request, reply) => reply.type('application/json').send(bytes));
  await server.listen({ host: 'localhost', port: 0 });
  const { port } = server.server.address() as { port: number };
  const figures: OpenFigures = { cells: table.cells.length, bytes: bytes.length, proposing, still: [], open: [], other: 0 };
  const common = { caFile: tls.caFile, connections, headers: {}, bodies: [] };
  const turn = async (of: string, length = millis) => {
    const { answers, other } = await loaded({ ...common, url: of, millis: length });
    figures.other += other;
    return answers / (length / 1000);
  };
  const still = `https://localhost:${port}/still`;
  for (const of of [still, url]) await turn(of, 1_000);
  for (let i = 0; i < turns; i += 1) {
    figures.still.push(await turn(still));
    figures.open.push(await turn(url));
  }
  await server.close();
  return figures;
}

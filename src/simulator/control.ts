import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import type { FaultBook } from './faults/book';
import type { FaultInput } from './faults/orders';
import { type DatasetId, datasetIds } from './population/types';
import { bodyText, type Handler } from './services/server';
import { type PlantedFinding, type PlantedFindings, plantedFindings } from './state/findings';
import { planted } from './state/planted';
import { type MendableKind, mendableKinds, type World } from './state/world';

/**
 * Steers a stand-in that runs as a process of its own, below /control, with `Authorization: Bearer <token>`:
 * GET state, planted?day=, findings?day=, truth/:dataset?day= (NDJSON), diff/:dataset?from=&to=; POST next-day, faults,
 * mend/:kind, relapse/:kind (of findings, with the next day); GET and DELETE faults.
 * `prepare` runs once a day has passed, before that is answered.
 */
export function controlHandler(world: World, faults: FaultBook, token: string, prepare: () => void): Handler {
  return {
    takes: (_method, path) => path.startsWith('/control/'),
    async handle(req, res, url) {
      if (req.headers.authorization !== `Bearer ${token}`) return json(res, 401, { error: 'the control token is missing or wrong' });
      try {
        await steer(req, res, url, world, faults, prepare);
      } catch (error) {
        json(res, 400, { error: (error as Error).message });
      }
    },
  };
}

async function steer(
  req: IncomingMessage,
  res: ServerResponse,
  url: URL,
  world: World,
  faults: FaultBook,
  prepare: () => void,
): Promise<void> {
  const [, , what, dataset] = url.pathname.split('/');
  const day = (name: string) => (url.searchParams.has(name) ? Number(url.searchParams.get(name)) : world.day());
  switch (`${req.method} ${what}`) {
    case 'GET state':
      return json(res, 200, {
        day: world.day(),
        date: world.date(),
        sizes: Object.fromEntries(datasetIds.map((id) => [id, world.state(id).order.length])),
      });
    case 'GET planted':
      return json(res, 200, planted(world, day('day')));
    case 'GET findings':
      return json(res, 200, listed(plantedFindings(world, day('day'))));
    case 'GET truth':
      return ndjson(res, world, known(dataset), day('day'));
    case 'GET diff':
      return json(res, 200, world.diff(known(dataset), day('from'), day('to')));
    case 'POST next-day':
      world.nextDay();
      prepare();
      return json(res, 200, { day: world.day(), date: world.date() });
    case 'POST mend':
    case 'POST relapse':
      world[what as 'mend' | 'relapse'](mendable(dataset));
      return json(res, 200, { from: world.day() + 1 });
    case 'GET faults':
      return json(res, 200, faults.pending());
    case 'POST faults':
      faults.order(JSON.parse(await bodyText(req)) as FaultInput);
      return json(res, 200, faults.pending());
    case 'DELETE faults':
      faults.clear();
      return json(res, 200, []);
    default:
      return json(res, 404, { error: 'no such control' });
  }
}

function mendable(kind: string | undefined): MendableKind {
  const found = mendableKinds.find((known) => known === kind);
  if (!found) throw new Error(`no such kind; there are ${mendableKinds.join(', ')}`);
  return found;
}

/** Findings as JSON can carry them: {kind: [{subject, detail}]}. */
function listed(findings: PlantedFindings): Record<string, PlantedFinding[]> {
  return Object.fromEntries(Object.entries(findings).map(([kind, bySubject]) => [kind, [...bySubject.values()]]));
}

function known(dataset: string | undefined): DatasetId {
  const found = datasetIds.find((id) => id === dataset);
  if (!found) throw new Error(`no such dataset; there are ${datasetIds.join(', ')}`);
  return found;
}

function json(res: ServerResponse, status: number, value: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
}

function ndjson(res: ServerResponse, world: World, dataset: DatasetId, day: number): void {
  // Looked up before the head is written, so that a day that has not been is answered as an error.
  world.state(dataset, day);
  res.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' });
  pipeline(Readable.from(lines(world, dataset, day)), res, () => {});
}

function* lines(world: World, dataset: DatasetId, day: number): Generator<string> {
  let text = '';
  for (const record of world.truth(dataset, day)) {
    text += `${JSON.stringify(record)}\n`;
    if (text.length < 64 * 1024) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

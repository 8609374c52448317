import { controlHandler } from './control';
import { createFaultBook, type FaultBook } from './faults/book';
import { readOptions, type SimulatorOptions } from './options';
import { basePaths, type ServiceName } from './services/addresses';
import { agentsListing } from './services/agents';
import { agentsQuery } from './services/agentsQuery';
import { childrenListing } from './services/children';
import type { Credentials } from './services/credentials';
import { listingHandler } from './services/listingHandler';
import { queryHandler } from './services/queryHandler';
import { type Handler, startServer } from './services/server';
import { workersListing } from './services/workers';
import { createWorld, type World } from './state/world';

export type { FaultBook } from './faults/book';
export type { FaultInput, FaultOrder } from './faults/orders';
export { defaultPageCaps, defaultSizes, type SimulatorOptions } from './options';
export {
  type AgentRecord,
  type ChildRecord,
  type DatasetId,
  datasetIds,
  type Records,
  type Sizes,
  type WorkerRecord,
} from './population/types';
export { type ListingName, type ServiceName, serviceNames } from './services/addresses';
export { type Credentials, newCredentials } from './services/credentials';
export {
  findingsIn,
  type PlantedFinding,
  type PlantedFindings,
  type PlantedKind,
  plantedFindings,
  plantedKinds,
  type Truth,
} from './state/findings';
export { type Planted, planted } from './state/planted';
export { createWorld, type Difference, type MendableKind, mendableKinds, type World } from './state/world';

export interface Simulator {
  /** Address and base path of each service, such as https://127.0.0.1:41000/iskur. */
  baseUrls: Record<ServiceName, string>;
  /** Where it is steered, if a control token was given. */
  controlUrl: string | undefined;
  credentials: Credentials;
  /** The data and their truth. */
  world: World;
  faults: FaultBook;
  /** Ends every service and connection. */
  close(): Promise<void>;
}

/** Starts the agencies' stand-in services, each on a port of its own. KopruError settings-invalid or port-taken. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { population, day, host, caps, credentials, queryDailyLimit, clock } = readOptions(options);
  const world = createWorld(population, day);
  const faults = createFaultBook();
  const listings = {
    agents: listingHandler(agentsListing(credentials), world, faults, caps.agents, options.pagesFolder),
    workers: listingHandler(workersListing(credentials), world, faults, caps.workers, options.pagesFolder),
    children: listingHandler(childrenListing(credentials), world, faults, caps.children, options.pagesFolder),
  };
  const handlers: Record<ServiceName, Handler> = {
    ...listings,
    'agents-query': queryHandler(agentsQuery(world, credentials, queryDailyLimit, clock), world, faults),
  };
  const prepare = () => {
    for (const { prepared } of Object.values(listings)) prepared?.prepare();
  };
  prepare();
  const control = options.controlToken ? [controlHandler(world, faults, options.controlToken, prepare)] : [];

  const origins = {} as Record<ServiceName, string>;
  const servers: { close(): Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(servers.map((server) => server.close()));
    for (const { prepared } of Object.values(listings)) prepared?.close();
  };
  try {
    for (const [name, handler] of Object.entries(handlers) as [ServiceName, Handler][]) {
      const server = await startServer({ tls: options.tls, host, port: options.ports?.[name] ?? 0 }, [handler, ...control]);
      servers.push(server);
      origins[name] = `https://${host.includes(':') ? `[${host}]` : host}:${server.port}`;
    }
  } catch (error) {
    await close();
    throw error;
  }
  const baseUrls = { ...origins };
  for (const name of Object.keys(origins) as ServiceName[]) baseUrls[name] += basePaths[name];
  return { baseUrls, controlUrl: options.controlToken ? `${origins.agents}/control` : undefined, credentials, world, faults, close };
}

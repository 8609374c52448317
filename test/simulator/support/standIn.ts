import { type Simulator, type SimulatorOptions, startSimulator } from '../../../src/simulator';
import { paths, type ServiceName } from '../../../src/simulator/services/addresses';
import { selfSigned } from './certificate';
import { type Ask, ask, jsonOf, type Reply } from './client';

export const smallSizes = { agents: 240, workers: 900, children: 300 };

export interface StandIn extends Simulator {
  ca: string;
  tls: { key: string; cert: string };
  /** Asks a service with its right credential. */
  get(service: ServiceName, query?: string, more?: Partial<Ask>): Promise<Reply>;
  /** Asks Ek-1's query for an id. */
  query(id: string): Promise<Reply>;
  /** A listing's records, page by page in its own style. */
  all(service: 'agents' | 'workers' | 'children', size?: number): Promise<any[]>;
}

/** Small stand-in services on free ports. The caller closes them. */
export async function standIn(options: Partial<SimulatorOptions> = {}): Promise<StandIn> {
  const tls = await selfSigned();
  const simulator = await startSimulator({ tls, sizes: smallSizes, ...options });
  const { iskur, emetip, cts } = simulator.credentials;
  const basic = { authorization: `Basic ${Buffer.from(`${iskur.username}:${iskur.password}`).toString('base64')}` };
  const headers: Record<ServiceName, Record<string, string>> = {
    agents: basic,
    'agents-query': basic,
    workers: { authorization: `Bearer ${emetip.token}` },
    children: { 'x-api-anahtari': cts.key },
  };
  const get: StandIn['get'] = (service, query = '', more = {}) =>
    ask(simulator.baseUrls[service] + paths[service] + query, { ca: tls.cert, ...more, headers: { ...headers[service], ...more.headers } });

  const next: Record<string, (body: any, count: number) => string | undefined> = {
    agents: (body, count) => (body.kayitlar.length > 0 ? `&offset=${count}` : undefined),
    workers: (body) => (body.sayfa < body.sayfaSayisi ? `&page=${body.sayfa + 1}` : undefined),
    children: (body) => (body.sonraki ? `&imlec=${body.sonraki}` : undefined),
  };
  const sizeName = { agents: 'limit', workers: 'size', children: 'adet' };

  return {
    ...simulator,
    tls,
    ca: tls.cert,
    get,
    query: (id) => get('agents-query', '', { method: 'POST', body: JSON.stringify({ tcKimlikNo: id }) }),
    async all(service, size = 100) {
      const found: any[] = [];
      let more: string | undefined = '';
      while (more !== undefined) {
        const body: any = jsonOf(await get(service, `?${sizeName[service]}=${size}${more}`));
        found.push(...rowsOf(body));
        more = next[service]?.(body, found.length);
      }
      return found;
    },
  };
}

/** The records in a listing's answer. */
export function rowsOf(body: any): any[] {
  return body.kayitlar ?? body.icerik ?? body.cocuklar;
}

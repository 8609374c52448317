import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { addressAllowed } from '../../../src/access/institutions/addresses';
import { readSettings } from '../../../src/infra/settings';
import { baseServer } from '../../../src/surfaces/api/base';
import { issueAuthority, issueServer, type Pair } from '../../support/clientCertificates';
import { type Api, apiAt } from './support';

describe('the address that a request comes from', () => {
  let [ca, own]: Pair[] = [];
  const servers: FastifyInstance[] = [];

  beforeAll(async () => {
    ca = await issueAuthority(new Date());
    own = await issueServer(ca, ['127.0.0.1', '::1'], new Date());
  });
  afterAll(async () => {
    for (const server of servers) await server.close();
  });

  async function served(trusted: string, host = '127.0.0.1'): Promise<Api> {
    const { trustedProxies: proxies } = readSettings({ TRUSTED_PROXIES: trusted });
    const log = pino({ enabled: false });
    const server = baseServer({ log, ready: async () => undefined }, { ...(own as Pair), proxies }, { bodyLimit: 100 });
    servers.push(server);
    server.get('/address', async ({ ip }) => ({ ip, office: addressAllowed(ip, [{ cidr: '198.51.100.0/24' }]) }));
    await server.listen({ host, port: 0 });
    const { port } = server.server.address() as { port: number };
    return apiAt(`https://${host === '::' ? '127.0.0.1' : host}:${port}`, (ca as Pair).cert, {});
  }

  const office = '198.51.100.7';

  test.each<[string, string, string | undefined, string, boolean]>([
    ['nobody is trusted: the socket’s', '', office, '127.0.0.1', false],
    ['another one is trusted', '10.0.0.0/8', office, '127.0.0.1', false],
    ['the proxy says nothing', '127.0.0.1', undefined, '127.0.0.1', false],
    ['a trusted proxy says it', '127.0.0.1', office, office, true],
    ['a trusted range', '127.0.0.0/8,10.0.0.0/8', office, office, true],
    ['what the caller itself put before it does not count', '127.0.0.1', `${office}, 203.0.113.9`, '203.0.113.9', false],
    ['through two trusted proxies', '127.0.0.1,10.0.0.0/8', `203.0.113.9, ${office}, 10.1.1.1`, office, true],
    ['an IPv4 address in IPv6', '127.0.0.1', `::ffff:${office}`, `::ffff:${office}`, true],
    ['no address', '127.0.0.1', 'unknown', 'unknown', false],
    ['an address with a port', '127.0.0.1', `${office}:443`, `${office}:443`, false],
    ['no address before a trusted one', '127.0.0.1,10.0.0.0/8', `${office}, evil, 10.1.1.1`, 'evil', false],
  ])('%s', async (_, trusted, forwarded, ip, allowed) => {
    const api = await served(trusted);
    const headers: Record<string, string> = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    expect((await api.ask('/address', { headers })).json).toEqual({ ip, office: allowed });
  });

  test('neither another header nor a repeated one says it to a server that trusts nobody', async () => {
    const api = await served('');
    for (const name of ['x-real-ip', 'forwarded', 'x-client-ip', 'X-FORWARDED-FOR'])
      expect((await api.ask('/address', { headers: { [name]: name === 'forwarded' ? `for=${office}` : office } })).json.ip).toBe(
        '127.0.0.1',
      );
  });

  test('on a listener for both, a proxy of IPv4 is known by its address', async () => {
    const api = await served('127.0.0.1', '::');
    expect((await api.ask('/address', {})).json.ip).toBe('::ffff:127.0.0.1');
    expect((await api.ask('/address', { headers: { 'x-forwarded-for': office } })).json).toEqual({ ip: office, office: true });
    const untrusting = await served('10.0.0.0/8', '::');
    expect((await untrusting.ask('/address', { headers: { 'x-forwarded-for': office } })).json.office).toBe(false);
  });
});

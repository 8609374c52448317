import { constants } from 'node:crypto';
import tls from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { certificateOf } from '../../../src/access/institutions/certificates';
import { decideStaff } from '../../../src/access/staff';
import { allowedOf } from '../../../src/disclosure/refusal';
import { readClientCertificate } from '../../../src/infra/tls/read';
import { registerCertificate, revokeCertificate } from '../../../src/operations/institutions/certificates';
import { baseServer, type Reached } from '../../../src/surfaces/api/base';
import { clientCertificate } from '../../../src/surfaces/api/clientCertificate';
import { agreement2024 } from '../../agreements/support/files';
import { askerOf } from '../../support/asker';
import {
  authority as authorityExtension,
  days,
  issueAuthority,
  issueClient,
  issueServer,
  oddCertificate,
  type Pair,
  usages,
} from '../../support/clientCertificates';
import { type TestDatabase, testDatabase } from '../../support/database';
import { parsed } from './support';

const now = new Date();
const whose = { organisation: 'Kurum', name: 'iskur' };
const [clientAuth, none] = ['1.3.6.1.5.5.7.3.2', {}];

describe('client certificates on the wire', () => {
  let database: TestDatabase;
  let [ca, other, own]: Pair[] = [];
  const servers: FastifyInstance[] = [];
  /** What the servers logged. */
  const logged: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
  const operations = () => ({ db: database.db, agreement: agreement2024, clock: () => now });

  beforeAll(async () => {
    database = await testDatabase();
    [ca, other] = [await issueAuthority(now), await issueAuthority(now)];
    own = await issueServer(ca as Pair, ['localhost'], now);
  });
  afterAll(async () => {
    for (const server of servers) await server.close();
    await database.drop();
  });

  /** A server that lets the party iskur in, held to its certificate; its port. */
  async function served(clients?: Partial<Reached['clients']>): Promise<number> {
    const reached = { ...(own as Pair), clients: clients && { required: false, authorities: (ca as Pair).cert, ...clients } };
    const server = baseServer({ log, ready: async () => undefined }, reached, { bodyLimit: 100 });
    servers.push(server);
    server.get('/who', async (request) => {
      const certificate = await certificateOf(database.db, 'iskur', clientCertificate(request), now);
      const own = await database.db.prisma.institutionCertificate.count({ where: { party: 'iskur', revokedAt: null } });
      const who = { ...askerOf('iskur').who, certified: own > 0 };
      allowedOf(decideStaff(agreement2024, who, { action: 'datasets', certificate, address: '127.0.0.1', today: '2026-11-22' }));
      return { welcome: true };
    });
    await server.listen({ host: '127.0.0.1', port: 0 });
    return (server.server.address() as { port: number }).port;
  }

  const register = async (pair: Pair, party = 'iskur') => {
    const wish = { party, certificate: readClientCertificate(pair.cert, now), document: 'd' };
    return registerCertificate(operations(), wish, { by: 'test', command: 'cert import' });
  };

  const registered = async (party = 'iskur') => {
    const pair = await issueClient(ca as Pair, whose, 30, now);
    return { pair, id: (await register(pair, party)).id };
  };

  interface Came {
    answer: string;
    reused: boolean;
    session: Buffer | undefined;
  }

  const connect = (port: number, options: tls.ConnectionOptions) =>
    tls.connect({ host: '127.0.0.1', port, servername: 'localhost', ca: (ca as Pair).cert, ...options });

  const head = 'GET /who HTTP/1.1\r\nHost: localhost\r\n';

  function come(port: number, options: tls.ConnectionOptions = none): Promise<Came> {
    return new Promise((resolve, reject) => {
      let [answer, reused, session]: [string, boolean, Buffer | undefined] = ['', false, undefined];
      const socket = connect(port, options);
      socket.on('session', (given) => {
        session = given;
      });
      socket.on('data', (part) => {
        answer += part;
      });
      socket.on('error', reject);
      socket.on('close', () => resolve({ answer, reused, session }));
      socket.on('secureConnect', () => {
        reused = socket.isSessionReused();
        socket.write(`${head}Connection: close\r\n\r\n`);
      });
    });
  }

  const told = ({ answer }: Came) => {
    const { status, json } = parsed(answer);
    return status === 200 ? 'welcome' : `${status} ${json?.code}`;
  };
  const toldTo = async (port: number, options?: tls.ConnectionOptions) => told(await come(port, options));

  test('off: none is asked for, and who has none is served', async () => {
    const port = await served();
    expect(await toldTo(port)).toBe('welcome');
    const { pair, id } = await registered();
    // The party is bound now, and the server does not ask: that lets nobody in.
    expect(await toldTo(port, pair)).toBe('403 certificate-required');
    await revokeCertificate(operations(), { id, reason: 'test' }, 'test');
    expect(await toldTo(port)).toBe('welcome');
  });

  test('required: nobody is served without one', async () => {
    const port = await served({ required: true });
    const answer = await come(port);
    expect(told(answer)).toBe('403 certificate-required');
    expect(answer.answer).toMatch(/content-type: application\/problem\+json/i);
    expect(parsed(answer.answer).json.hint).toMatch(/registered for your institution/);
    expect(logged.join('')).toMatch(/"code":"certificate-required".*a client came without a certificate/);
  });

  describe.each([true, false])('asked for (required: %p)', (required) => {
    let port: number;
    beforeAll(async () => {
      port = await served({ required });
    });

    test('the right one is served; unregistered, foreign and revoked ones are refused', async () => {
      const { pair, id } = await registered();
      expect(await toldTo(port, pair)).toBe('welcome');
      expect(await toldTo(port, await issueClient(ca as Pair, whose, 30, now))).toBe('403 certificate-refused');
      expect(await toldTo(port, (await registered('cgm')).pair)).toBe('403 certificate-refused');
      expect(await toldTo(port)).toBe('403 certificate-required');
      await revokeCertificate(operations(), { id, reason: 'test' }, 'test');
      expect(await toldTo(port, pair)).toBe('403 certificate-refused');
    });

    test('one that no accepted authority signed, for servers, or out of its time is refused, registered or not', async () => {
      const foreign = await issueClient(other as Pair, whose, 30, now);
      const selfSigned = await oddCertificate({ extensions: [usages(clientAuth)] });
      await register(foreign);
      await register(selfSigned);
      const expired = await issueClient(ca as Pair, whose, 1, days(-3));
      const later = await issueClient(ca as Pair, whose, 30, days(3));
      for (const [pair, reason] of [
        [foreign, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
        [selfSigned, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
        [expired, 'CERT_HAS_EXPIRED'],
        [later, 'CERT_NOT_YET_VALID'],
        [own as Pair, 'INVALID_PURPOSE'],
      ] as const) {
        logged.length = 0;
        expect([reason, await toldTo(port, pair)]).toEqual([reason, '403 certificate-refused']);
        expect(logged.join('')).toContain(`"reason":"${reason}"`);
      }
    });

    test.each(['TLSv1.2', 'TLSv1.3'] as const)(
      '%s: a session is not taken up again, so what was revoked meanwhile is refused',
      async (version) => {
        const { pair, id } = await registered();
        const client = { ...pair, minVersion: version, maxVersion: version };
        const first = await come(port, client);
        expect(told(first)).toBe('welcome');
        const second = await come(port, { ...client, session: first.session });
        expect([told(second), second.reused]).toEqual(['welcome', false]);
        await revokeCertificate(operations(), { id, reason: 'test' }, 'test');
        const third = await come(port, { ...client, session: second.session });
        expect([told(third), third.reused]).toEqual(['403 certificate-refused', false]);
        // Nor does a session help who never had one.
        const bare = { minVersion: version, maxVersion: version };
        const without = await come(port, bare);
        const again = await come(port, { ...bare, session: without.session });
        expect([told(without), told(again), again.reused]).toEqual([...Array(2).fill(told(without)), false]);
        expect(told(again)).toMatch(/certificate-required/);
      },
    );

    test('a connection that stays open ends with its certificate', async () => {
      const { pair, id } = await registered();
      const socket = connect(port, pair);
      const answer = () => new Promise<string>((resolve) => socket.once('data', (part) => resolve(String(part))));
      const ask = async () => {
        socket.write(`${head}\r\n`);
        return parsed(await answer()).status;
      };
      expect([await ask(), await ask()]).toEqual([200, 200]);
      await revokeCertificate(operations(), { id, reason: 'test' }, 'test');
      expect(await ask()).toBe(403);
      socket.destroy();
    });
  });

  test('one of an authority below an accepted one comes with that authority’s certificate', async () => {
    const root = await oddCertificate({ subject: 'CN=root', extensions: [authorityExtension()] });
    const below = await oddCertificate({ by: root, subject: 'CN=below', extensions: [authorityExtension()] });
    const pair = await issueClient(below, whose, 30, now);
    await register(pair);
    const port = await served({ authorities: root.cert });
    expect(await toldTo(port, { ...pair, cert: `${pair.cert}\n${below.cert}` })).toBe('welcome');
    expect(await toldTo(port, pair)).toBe('403 certificate-refused');
    // Or the broker has it.
    const both = await served({ authorities: `${below.cert}\n${root.cert}` });
    expect(await toldTo(both, pair)).toBe('welcome');
  });

  test('TLS 1.2 and 1.3 with forward secrecy and authenticated ciphers, and nothing else', async () => {
    const port = await served();
    const weakest = 'DEFAULT:@SECLEVEL=0';
    const shake = (where: number, options: tls.ConnectionOptions) =>
      new Promise<string>((resolve) => {
        const socket = connect(where, options);
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
        socket.on('secureConnect', () => {
          resolve(`${socket.getProtocol()} ${socket.getCipher().name}`);
          socket.destroy();
        });
      });
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: weakest } as const;
    const only = (ciphers: string) => ({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers }) as const;
    // This client could: a server that allows it shows so.
    const lax = tls.createServer({ ...(own as Pair), minVersion: 'TLSv1', ciphers: weakest }, (socket) =>
      socket.on('error', () => undefined),
    );
    await new Promise<void>((resolve) => lax.listen(0, '127.0.0.1', resolve));
    const laxPort = (lax.address() as { port: number }).port;
    expect(await shake(laxPort, old)).toMatch(/^TLSv1\.1 /);
    expect(await shake(laxPort, only('ECDHE-ECDSA-AES128-SHA256'))).toBe('TLSv1.2 ECDHE-ECDSA-AES128-SHA256');
    lax.close();
    expect(await shake(port, old)).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    for (const cipher of ['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES256-SHA', 'ECDHE-ECDSA-AES128-CCM'])
      expect(await shake(port, only(cipher))).toMatch(/HANDSHAKE_FAILURE/);
    for (const cipher of ['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-ECDSA-AES128-GCM-SHA256'])
      expect(await shake(port, only(cipher))).toBe(`TLSv1.2 ${cipher}`);
    expect(await shake(port, { minVersion: 'TLSv1.3' })).toMatch(/^TLSv1\.3 TLS_/);
    expect(await shake(port, { minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TLSv1_3 })).toMatch(/^TLSv1\.2 ECDHE-ECDSA-/);
  });
});

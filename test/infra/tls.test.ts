import { X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { ensureLocalTls, type LocalTls } from '../../src/infra/tls';
import { scratch } from './support/server';

const { folder, tidy } = scratch();
afterEach(tidy);

const day = 24 * 3_600_000;
const start = new Date();
const at = (days: number) => () => new Date(start.getTime() + days * day);

function handshake({ ca, cert, key }: LocalTls, servername: string | undefined, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer({ cert, key }, (socket) => socket.end());
    server.listen(0, host, () => {
      const { port } = server.address() as { port: number };
      const client = connect({ host, port, ca, ...(servername ? { servername } : {}) }, () => client.end());
      client.on('error', reject);
      client.on('close', () => server.close(() => resolve()));
    });
  });
}

test('a client that trusts the local authority reaches the server by each of its names', async () => {
  const tls = await ensureLocalTls(folder(), ['api.kopru.test'], at(0));
  await handshake(tls, undefined, '127.0.0.1');
  await handshake(tls, 'localhost', '127.0.0.1');
  await handshake(tls, 'api.kopru.test', '127.0.0.1');
  await expect(handshake(tls, 'other.test', '127.0.0.1')).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
});

test('the certificates say what they are for, and the keys are nobody else’s', async () => {
  const path = folder();
  const { cert, ca, keyFile } = await ensureLocalTls(path, [], at(0));
  const [server, authority] = [new X509Certificate(cert), new X509Certificate(ca)];
  expect(authority.ca).toBe(true);
  expect(server.ca).toBe(false);
  expect(server.checkIssued(authority)).toBe(true);
  expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(server.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  expect((Date.parse(server.validTo) - start.getTime()) / day).toBeCloseTo(397, 2);
  for (const file of [keyFile, join(path, 'ca-key.pem')]) expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a later start uses the same files', async () => {
  const path = folder();
  const first = await ensureLocalTls(path, [], at(0));
  expect(await ensureLocalTls(path, [], at(366))).toEqual(first);
});

test('a certificate near its end or without a name is renewed by the same authority', async () => {
  const path = folder();
  const first = await ensureLocalTls(path, [], at(0));
  const renewed = await ensureLocalTls(path, [], at(368));
  expect(renewed.ca).toBe(first.ca);
  expect(renewed.cert).not.toBe(first.cert);
  const named = await ensureLocalTls(path, ['10.1.2.3'], at(368));
  expect(named.ca).toBe(first.ca);
  expect(new X509Certificate(named.cert).checkIP('10.1.2.3')).toBe('10.1.2.3');
});

test('an authority near its end gives way, and the server’s certificate with it', async () => {
  const path = folder();
  const first = await ensureLocalTls(path, [], at(0));
  const late = await ensureLocalTls(path, [], at(5 * 365 - 29));
  expect(late.ca).not.toBe(first.ca);
  expect(new X509Certificate(late.cert).checkIssued(new X509Certificate(late.ca))).toBe(true);
});

test('a file that was lost or cut is made anew', async () => {
  const path = folder();
  const first = await ensureLocalTls(path, [], at(0));
  writeFileSync(first.certFile, first.cert.slice(0, 100));
  const mended = await ensureLocalTls(path, [], at(0));
  expect(mended.ca).toBe(first.ca);
  expect(readFileSync(mended.certFile, 'utf8')).toBe(mended.cert);
  rmSync(join(path, 'ca-key.pem'));
  const anew = await ensureLocalTls(path, [], at(0));
  expect(anew.ca).not.toBe(first.ca);
  await handshake(anew, 'localhost', '127.0.0.1');
});

test('two starts at once agree', async () => {
  const path = folder();
  const [one, two] = await Promise.all([ensureLocalTls(path, [], at(0)), ensureLocalTls(path, [], at(0))]);
  expect(one).toEqual(two);
});

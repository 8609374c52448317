import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** Whether this machine has openssl, whose authority stamps in the tests; those that need it say plainly that they are skipped. */
export const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** How an authority may go wrong. */
export type Fault = 'refuses' | 'replays' | 'stamps something else' | 'is down' | 'chatters' | 'redirects';

export interface TestAuthority {
  url: string;
  /** Of the authority above it, and of one that only has the same name. */
  caFile: string;
  foreignCaFile: string;
  /** From now on it stamps with a certificate that is for something else, or is wrong in another way. */
  useCertificate(name: 'tsa' | 'signing'): void;
  fail(fault: Fault | undefined): void;
  /** How often it was asked. */
  asked(): number;
  /** Proves a token as anybody can; what openssl says. */
  prove(files: { data: string; token: string }): string;
  stop(): Promise<void>;
}

const configuration = `
[req]
distinguished_name = name
prompt = no
[name]
CN = Test
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[tsa]
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[signing]
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping, codeSigning
[stamping]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
`;

/** A time-stamping authority over HTTP: openssl's, with certificates of its own. */
export async function testTimestampAuthority(): Promise<TestAuthority> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-tsa-'));
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe', env: { ...process.env, OPENSSL_CONF: '' } });
  const at = (name: string) => path.join(folder, name);
  writeFileSync(at('conf'), configuration);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-config', 'conf'];
  for (const ca of ['ca', 'foreign'])
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      `${ca}.key`,
      '-out',
      `${ca}.pem`,
      '-subj',
      '/CN=Test Authority',
      '-days',
      '30',
      '-extensions',
      'authority',
    );
  for (const name of ['tsa', 'signing']) {
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/O=Deneme/CN=${name}`);
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'conf', '-extensions', name];
    openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-days', '30', '-out', `${name}.pem`);
  }
  let certificate = 'tsa';
  let fault: Fault | undefined;
  let asked = 0;
  const stampedFirst: { query?: Buffer } = {};
  const reply = (query: Buffer) => {
    writeFileSync(at('query'), query);
    const by = ['-signer', 'tsa.pem', '-inkey', 'tsa.key'];
    openssl('ts', '-reply', '-config', 'conf', '-section', 'stamping', '-queryfile', 'query', ...by, '-out', 'reply');
    if (certificate !== 'tsa') signAnew(certificate);
    return readFileSync(at('reply'));
  };
  /** The same statement under another signature, which openssl's authority itself would refuse to give. */
  const signAnew = (by: string) => {
    openssl('ts', '-reply', '-in', 'reply', '-token_out', '-out', 'token');
    openssl('cms', '-verify', '-noverify', '-inform', 'DER', '-in', 'token', '-out', 'statement');
    const signer = ['-signer', `${by}.pem`, '-inkey', `${by}.key`, '-econtent_type', '1.2.840.113549.1.9.16.1.4'];
    openssl('cms', '-sign', '-binary', '-nodetach', ...signer, '-in', 'statement', '-outform', 'DER', '-out', 'token');
    openssl('ts', '-reply', '-in', 'token', '-token_in', '-out', 'reply');
  };
  const answer = (query: Buffer): Buffer => {
    stampedFirst.query ??= query;
    if (fault === 'replays') return reply(stampedFirst.query);
    // The nonce is kept, one byte of the hash is not.
    if (fault === 'stamps something else') query[30] = (query[30] as number) ^ 1;
    if (fault === 'refuses') return Buffer.from('30053003020102', 'hex');
    return fault === 'chatters' ? Buffer.from('<html>') : reply(query);
  };
  const server = http.createServer(async (request, response) => {
    asked += 1;
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const fits = request.method === 'POST' && request.headers['content-type'] === 'application/timestamp-query';
    if (!fits || fault === 'is down') return void response.writeHead(503).end();
    if (fault === 'redirects') return void response.writeHead(307, { location: '/elsewhere' }).end();
    response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(answer(Buffer.concat(parts)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  writeFileSync(at('serial'), '01');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    caFile: at('ca.pem'),
    foreignCaFile: at('foreign.pem'),
    useCertificate: (name) => {
      certificate = name;
    },
    fail: (next) => {
      fault = next;
    },
    asked: () => asked,
    prove: ({ data, token }) => String(openssl('ts', '-verify', '-data', data, '-in', token, '-token_in', '-CAfile', 'ca.pem')),
    stop: async () => {
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

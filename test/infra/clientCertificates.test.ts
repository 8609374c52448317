import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { completeTckn } from '../../src/core/nationalId';
import { issueClientFiles, makeClientAuthority } from '../../src/infra/tls/clients';
import { readAuthorities, readClientCertificate, readClientCertificateFile } from '../../src/infra/tls/read';
import {
  authority,
  days,
  fingerprintOf,
  issueAuthority,
  issueClient,
  type Odd,
  oddCertificate,
  usages,
} from '../support/clientCertificates';
import { scratch } from './support/server';

const { folder, tidy } = scratch();
afterEach(tidy);

const now = new Date();
const rsa = (modulusLength: number, hash: string, name = 'RSASSA-PKCS1-v1_5') => ({
  name,
  modulusLength,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash,
});
const [serverAuth, clientAuth] = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'];
const invalid = (what: RegExp) => expect.objectContaining({ code: 'certificate-invalid', message: expect.stringMatching(what) });

describe('a trial authority', () => {
  test('issues certificates that name the institution and are for clients', async () => {
    const [ca, out] = [join(folder(), 'ca'), join(folder(), 'out')];
    const files = await makeClientAuthority(ca, now);
    const wish = { authority: ca, folder: out, party: 'isk', organisation: 'İŞKUR, "x"', days: 30 };
    const issued = await issueClientFiles(wish, now);
    const certificate = new X509Certificate(readFileSync(issued.certFile));
    expect(certificate.subject).toBe('O=İŞKUR\\, \\"x\\"\nCN=isk');
    expect(certificate.keyUsage).toEqual([clientAuth]);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkIssued(new X509Certificate(readFileSync(files.certFile)))).toBe(true);
    expect(issued.certificate).toMatchObject({
      subject: 'O=İŞKUR\\, \\"x\\", CN=isk',
      fingerprint: fingerprintOf(readFileSync(issued.certFile, 'utf8')),
    });
    expect((issued.certificate.notAfter.getTime() - now.getTime()) / 86_400_000).toBeCloseTo(30, 2);
    for (const file of [files.keyFile, issued.keyFile]) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('overwrites nothing, and ends with its authority', async () => {
    const ca = join(folder(), 'ca');
    await makeClientAuthority(ca, now);
    await expect(makeClientAuthority(ca, now)).rejects.toMatchObject({ code: 'state-conflict' });
    const wish = { authority: ca, folder: join(ca, 'out'), party: 'a', organisation: 'A', days: 9_999 };
    const { certificate, certFile } = await issueClientFiles(wish, now);
    const before = readFileSync(certFile, 'utf8');
    expect(certificate.notAfter).toEqual(new Date(new X509Certificate(readFileSync(join(ca, 'ca.pem'))).validTo));
    await expect(issueClientFiles(wish, now)).rejects.toMatchObject({ code: 'state-conflict' });
    expect(readFileSync(certFile, 'utf8')).toBe(before);
    await expect(issueClientFiles({ ...wish, folder: join(ca, 'two') }, days(6 * 365))).rejects.toMatchObject({ code: 'usage' });
    await expect(issueClientFiles({ ...wish, authority: folder() }, now)).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('what is registered', () => {
  test.each<[string, Odd]>([
    ['P-256, for anything', {}],
    ['P-384', { algorithm: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' } }],
    ['RSA of 2048 bits', { algorithm: rsa(2048, 'SHA-256') }],
    ['RSA-PSS', { algorithm: { ...rsa(2048, 'SHA-256', 'RSA-PSS'), saltLength: 32 } }],
    ['for clients and servers', { extensions: [usages(serverAuth, clientAuth)] }],
    ['with a tax number', { subject: 'O=Kurum,2.5.4.5=1234567890' }],
  ])('%s', async (_, odd) => {
    const { cert } = await oddCertificate(odd);
    expect(readClientCertificate(`Some words\n${cert}\n`, now).fingerprint).toEqual(fingerprintOf(cert));
  });

  test.each<[string, Odd, RegExp]>([
    ['an authority’s', { extensions: [authority()] }, /it is an authority’s/],
    ['an expired one', { notAfter: days(-1) }, /it has expired/],
    ['one for servers alone', { extensions: [usages(serverAuth)] }, /no clientAuth/],
    ['one for any usage but not for clients by name', { extensions: [usages('2.5.29.37.0')] }, /no clientAuth/],
    ['signed by SHA-1', { algorithm: rsa(2048, 'SHA-1') }, /registered: its signature is weak/],
    [
      'signed by ECDSA with SHA-1',
      { algorithm: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-1' } },
      /registered: its signature is weak/,
    ],
    ['signed by PSS with SHA-1', { algorithm: { ...rsa(2048, 'SHA-1', 'RSA-PSS'), saltLength: 20 } }, /registered: its signature is weak/],
    ['RSA of 1024 bits', { algorithm: rsa(1024, 'SHA-256') }, /registered: its key is weak/],
    ['a person’s', { subject: `CN=Biri,2.5.4.5=${completeTckn('271828182')}` }, /T\.C\. kimlik no/],
    ['all at once', { extensions: [authority(), usages(serverAuth)], notAfter: days(-1) }, /authority’s; it has expired; .*clientAuth/],
  ])('not: %s', async (_, odd, what) => {
    const { cert } = await oddCertificate(odd);
    const read = () => readClientCertificate(cert, now);
    expect(read).toThrow(invalid(what));
    expect(read).not.toThrow(expect.objectContaining({ message: expect.stringMatching(/\d{11}/) }));
  });

  test('not: none, two, one with its key, a broken one, a file that is not there', async () => {
    const [one, two] = [await oddCertificate({}), await oddCertificate({})];
    expect(() => readClientCertificate('', now)).toThrow(invalid(/no certificate in PEM/));
    expect(() => readClientCertificate(`${one.cert}\n${two.cert}`, now)).toThrow(invalid(/2 certificates/));
    expect(() => readClientCertificate(`${one.cert}\n${one.key}`, now)).toThrow(invalid(/private key/));
    expect(() => readClientCertificate(one.cert.replace(/\n.{30}/, '\nx'), now)).toThrow(invalid(/cannot be read/));
    expect(() => readClientCertificateFile(join(folder(), 'gone.pem'), now)).toThrow(invalid(/cannot be read/));
  });

  test('one that begins later is', async () => {
    const later = await issueClient(await issueAuthority(now), { organisation: 'A', name: 'a' }, 30, days(2));
    expect(readClientCertificate(later.cert, now).notBefore > now).toBe(true);
  });
});

test('the authorities that are accepted are read from one file, which holds nothing else', async () => {
  const [a, b] = [await issueAuthority(now), await issueAuthority(now)];
  const client = await issueClient(a, { organisation: 'A', name: 'a' }, 3, now);
  const file = join(folder(), 'all.pem');
  const read = (text: string) => {
    writeFileSync(file, text);
    return readAuthorities(file, 'CLIENT_CA_FILE');
  };
  expect(read(`# two\n${a.cert}# more\n${b.cert}`).match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  const below = await oddCertificate({ by: a, subject: 'CN=below', extensions: [authority()] });
  expect(read(`${below.cert}\n${a.cert}`).match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  for (const text of ['', 'zzmark', below.cert, below.cert + b.cert, a.cert + client.cert, a.cert.replace(/\n.{30}/, '\nx')])
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'settings-invalid', message: expect.stringMatching(/^CLIENT_CA_FILE/) }),
    );
  expect(() => readAuthorities(join(file, 'gone'), 'CLIENT_CA_FILE')).toThrow(expect.objectContaining({ code: 'settings-invalid' }));
});

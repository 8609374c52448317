import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

/** A certificate and its private key. */
export interface Pair {
  cert: string;
  key: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 24 * 3_600_000;
const authorityDays = 5 * 365;
/** What browsers accept at the most, less one. */
const serverDays = 397;
/** A client's clock may be a little behind. */
const slackMs = 5 * 60_000;

x509.cryptoProvider.set(webcrypto);

/** 127 random bits, positive. */
const serialNumber = (): string => {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
};

const newKeys = (): Promise<webcrypto.CryptoKeyPair> => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

async function privatePem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const bytes = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return `${x509.PemConverter.encode(bytes, 'PRIVATE KEY')}\n`;
}

export async function issueAuthority(now: Date, kind = 'local'): Promise<Pair> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=Köprü ${kind} authority ${randomBytes(3).toString('hex')}`,
    serialNumber: serialNumber(),
    notBefore: new Date(now.getTime() - slackMs),
    notAfter: new Date(now.getTime() + authorityDays * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${certificate.toString('pem')}\n`, key: await privatePem(keys) };
}

export function issueServer(authority: Pair, names: readonly string[], now: Date): Promise<Pair> {
  return issue(authority, now, serverDays, new x509.Name('CN=Köprü'), [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value }))),
  ]);
}

/** A client's certificate, for an institution by its names. It ends with its authority at the latest. */
export function issueClient(authority: Pair, whose: { organisation: string; name: string }, days: number, now: Date): Promise<Pair> {
  return issue(authority, now, days, new x509.Name([{ O: [{ utf8String: whose.organisation }] }, { CN: [{ utf8String: whose.name }] }]), [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
  ]);
}

async function issue(authority: Pair, now: Date, days: number, subject: x509.Name, extensions: x509.Extension[]): Promise<Pair> {
  const issuer = new x509.X509Certificate(authority.cert);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(authority.key), algorithm, false, ['sign']);
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer.subject,
    serialNumber: serialNumber(),
    notBefore: new Date(now.getTime() - slackMs),
    notAfter: new Date(Math.min(now.getTime() + days * dayMs, issuer.notAfter.getTime())),
    signingAlgorithm: algorithm,
    signingKey,
    publicKey: keys.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      ...extensions,
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { cert: `${certificate.toString('pem')}\n`, key: await privatePem(keys) };
}

import 'reflect-metadata';
import { createHash, webcrypto, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { issueAuthority, issueClient, issueServer, type Pair } from '../../src/infra/tls/issue';

export { issueAuthority, issueClient, issueServer, type Pair };

const day = 24 * 3_600_000;
const p256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export const days = (n: number, from = new Date()) => new Date(from.getTime() + n * day);

export const fingerprintOf = (pem: string) => createHash('sha256').update(new X509Certificate(pem).raw).digest();

export interface Odd {
  algorithm?: object;
  subject?: string;
  extensions?: x509.Extension[];
  notAfter?: Date;
  /** Who signs it; itself if left out. */
  by?: Pair;
}

/** A certificate that the product would not issue. */
export async function oddCertificate({ algorithm = p256, subject = 'O=Kurum,CN=a', extensions = [], notAfter, by }: Odd): Promise<Pair> {
  const keys = (await webcrypto.subtle.generateKey(algorithm as never, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const common = { notBefore: days(-3), notAfter: notAfter ?? days(30), signingAlgorithm: algorithm as never, extensions };
  const certificate = by
    ? await x509.X509CertificateGenerator.create({
        ...common,
        subject,
        issuer: new x509.X509Certificate(by.cert).subject,
        signingAlgorithm: p256,
        publicKey: keys.publicKey,
        signingKey: await webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(by.key), p256, false, ['sign']),
      })
    : await x509.X509CertificateGenerator.createSelfSigned({ ...common, name: subject, keys });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
}

export const usages = (...ids: string[]) => new x509.ExtendedKeyUsageExtension(ids);
export const authority = () => new x509.BasicConstraintsExtension(true, undefined, true);

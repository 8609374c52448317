import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import * as x509 from '@peculiar/x509';

export interface Certificates {
  ca: string;
  serverCert: string;
  serverKey: string;
  clientCert: string;
  clientKey: string;
}

let made: Promise<Certificates> | undefined;

/** A certificate authority, a server on this machine and a client, made once per test file; as PEM texts. */
export function certificates(): Promise<Certificates> {
  made ??= makeCertificates();
  return made;
}

async function makeCertificates(): Promise<Certificates> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
  const pem = async (key: webcrypto.CryptoKey) => x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
  const [caKeys, serverKeys, clientKeys] = await Promise.all([keys(), keys(), keys()]);
  const dates = { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 3_600_000) };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=Test CA',
    ...dates,
    signingAlgorithm: algorithm,
    keys: caKeys,
    extensions: [new x509.BasicConstraintsExtension(true, 1, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)],
  });
  const issue = (serialNumber: string, subject: string, publicKey: webcrypto.CryptoKey, extensions: x509.Extension[]) =>
    x509.X509CertificateGenerator.create({
      serialNumber,
      subject,
      issuer: ca.subject,
      ...dates,
      signingAlgorithm: algorithm,
      publicKey,
      signingKey: caKeys.privateKey,
      extensions,
    });
  const server = await issue('02', 'CN=localhost', serverKeys.publicKey, [
    new x509.SubjectAlternativeNameExtension([
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
    ]),
  ]);
  const client = await issue('03', 'CN=kopru', clientKeys.publicKey, []);
  return {
    ca: ca.toString('pem'),
    serverCert: server.toString('pem'),
    serverKey: await pem(serverKeys.privateKey),
    clientCert: client.toString('pem'),
    clientKey: await pem(clientKeys.privateKey),
  };
}

/** Writes the certificates into a folder, and says where. */
export async function certificateFiles(into: string): Promise<Record<keyof Certificates, string>> {
  const texts = await certificates();
  const files = Object.entries(texts).map(([name, text]) => {
    const file = path.join(into, `${name}.pem`);
    writeFileSync(file, text);
    return [name, file];
  });
  return Object.fromEntries(files) as Record<keyof Certificates, string>;
}

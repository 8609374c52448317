import 'reflect-metadata';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as x509 from '@peculiar/x509';
import { KopruError } from '../../core/errors';
import { idKind } from '../../core/nationalId';

/** What is kept of a client certificate. */
export interface ReadCertificate {
  /** SHA-256 of its DER. */
  fingerprint: Buffer;
  subject: string;
  /** Hexadecimal, as Node and openssl write it. */
  serial: string;
  notBefore: Date;
  notAfter: Date;
}

const clientAuth = '1.3.6.1.5.5.7.3.2';
const leastRsaBits = 2048;
const goodCurves = ['prime256v1', 'secp384r1', 'secp521r1'];
const goodHashes = ['SHA-256', 'SHA-384', 'SHA-512'];

/**
 * Reads a client certificate that is to be registered (policy): one, in PEM, of an institution, valid now or later, and strong.
 * @throws KopruError `certificate-invalid` naming everything that is against it
 */
export function readClientCertificate(pem: string, now: Date): ReadCertificate {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem))
    throw invalid(['it holds a private key, which stays with its owner'], 'Give the certificate alone, and have the key replaced.');
  const found = pem.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----/g)?.length ?? 0;
  if (found !== 1) throw invalid([`it holds ${found === 0 ? 'no certificate in PEM' : `${found} certificates`}, and one is wanted`]);
  const certificate = parsed(pem);
  const problems = problemsOf(certificate, now);
  if (problems.length > 0) throw invalid(problems);
  return {
    fingerprint: createHash('sha256').update(certificate.raw).digest(),
    subject: certificate.subject.split('\n').join(', '),
    serial: certificate.serialNumber,
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo),
  };
}

/** @throws KopruError `certificate-invalid` if the file cannot be read, or as above */
export function readClientCertificateFile(file: string, now: Date): ReadCertificate {
  let pem: string;
  try {
    pem = readFileSync(file, 'latin1');
  } catch {
    throw invalid(['it cannot be read'], `Check the path ${file}.`);
  }
  return readClientCertificate(pem, now);
}

/**
 * The authorities that a setting's file holds, each with those above it, as one PEM text.
 * @throws KopruError `settings-invalid` if the file holds none, or something else
 */
export function readAuthorities(file: string, setting: string): string {
  const wrong = (what: string) =>
    new KopruError('settings-invalid', `${setting} ${what}.`, {
      hint: 'It is a PEM file with the certificates of authorities, up to their roots.',
    });
  let pem: string;
  try {
    pem = readFileSync(file, 'latin1');
  } catch {
    throw wrong('cannot be read');
  }
  const all = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (all.length === 0) throw wrong('holds no certificate');
  let authorities: X509Certificate[];
  try {
    authorities = all.map((one) => new X509Certificate(one));
  } catch {
    throw wrong('holds a certificate that cannot be read');
  }
  if (!authorities.every(({ ca }) => ca)) throw wrong('holds a certificate that is not an authority’s');
  if (!authorities.every((one) => authorities.some((above) => one.checkIssued(above))))
    throw wrong('lacks the authority above one of its own');
  return all.join('\n');
}

function parsed(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw invalid(['it cannot be read']);
  }
}

function problemsOf(certificate: X509Certificate, now: Date): string[] {
  // Of a certificate without extended key usages Node tells undefined: it is for anything.
  const usages = certificate.keyUsage as string[] | undefined;
  return [
    certificate.ca && 'it is an authority’s',
    Date.parse(certificate.validTo) < now.getTime() && 'it has expired',
    usages && !usages.includes(clientAuth) && 'its extended key usage has no clientAuth',
    !hasStrongKey(certificate) && `its key is weak: RSA from ${leastRsaBits} bits, P-256, P-384, P-521 and EdDSA are taken`,
    !hasStrongSignature(certificate) && 'its signature is weak: SHA-256 or better is taken',
    namesPerson(certificate.subject) && 'its subject has a T.C. kimlik no, so it is a person’s',
  ].filter((problem) => problem !== false && problem !== undefined);
}

function hasStrongKey({ publicKey }: X509Certificate): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  if (type === 'rsa' || type === 'rsa-pss') return (details?.modulusLength ?? 0) >= leastRsaBits;
  if (type === 'ec') return goodCurves.includes(details?.namedCurve ?? '');
  return type === 'ed25519' || type === 'ed448';
}

function hasStrongSignature({ raw }: X509Certificate): boolean {
  // Node does not tell by what a certificate is signed.
  const { name, hash } = new x509.X509Certificate(raw).signatureAlgorithm as { name: string; hash?: { name: string } };
  return hash ? goodHashes.includes(hash.name) : name === 'Ed25519' || name === 'Ed448';
}

const namesPerson = (subject: string): boolean =>
  (subject.match(/(?<!\d)\d{11}(?!\d)/g) ?? []).some((digits) => idKind(digits) !== undefined);

function invalid(problems: string[], hint = 'Ask the institution for a certificate that fits.'): KopruError {
  return new KopruError('certificate-invalid', `The certificate is not registered: ${problems.join('; ')}.`, { hint });
}

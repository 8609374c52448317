import 'reflect-metadata';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../core/clock';
import { asFolderError, ensureFolder, readIfThere, writeFileAtomic } from '../folders';
import { oneAtATime } from '../folders/claim';
import { issueAuthority, issueServer, type Pair } from './issue';

/** A local authority and the certificate it gave this server, as files and as PEM texts. */
export interface LocalTls {
  caFile: string;
  certFile: string;
  keyFile: string;
  ca: string;
  cert: string;
  key: string;
}

const alwaysNamed = ['localhost', '127.0.0.1', '::1'];
const renewBeforeMs = 30 * 24 * 3_600_000;

async function readPair(certFile: string, keyFile: string): Promise<Pair | undefined> {
  const [cert, key] = [await readIfThere(certFile), await readIfThere(keyFile)];
  return cert && key ? { cert, key } : undefined;
}

/** Whole, belonging together and not about to end. */
function isGood(pair: Pair, now: Date): boolean {
  try {
    const certificate = new X509Certificate(pair.cert);
    const left = Date.parse(certificate.validTo) - now.getTime();
    return (
      certificate.checkPrivateKey(createPrivateKey(pair.key)) && Date.parse(certificate.validFrom) <= now.getTime() && left > renewBeforeMs
    );
  } catch {
    return false;
  }
}

function isGoodServer(pair: Pair, authority: Pair, names: readonly string[], now: Date): boolean {
  if (!isGood(pair, now)) return false;
  const certificate = new X509Certificate(pair.cert);
  const signed = certificate.verify(new X509Certificate(authority.cert).publicKey);
  return signed && names.every((name) => certificate.checkHost(name, { subject: 'never' }) ?? certificate.checkIP(name));
}

/** The key goes first: a certificate without its key is of no use, and both are made anew when they do not fit. */
async function keep(pair: Pair, certFile: string, keyFile: string): Promise<void> {
  await writeFileAtomic(keyFile, pair.key, 0o600);
  await writeFileAtomic(certFile, pair.cert, 0o644);
}

/** The same files at every start; renewed when they near their end or lack a name. */
export async function ensureLocalTls(folder: string, names: readonly string[], clock: Clock): Promise<LocalTls> {
  const [caFile, caKeyFile] = [join(folder, 'ca.pem'), join(folder, 'ca-key.pem')];
  const [certFile, keyFile] = [join(folder, 'server.pem'), join(folder, 'server-key.pem')];
  const wanted = [...new Set([...alwaysNamed, ...names])];
  try {
    ensureFolder(folder);
    return await oneAtATime(join(folder, 'making.lock'), async () => {
      const now = clock();
      const known = await readPair(caFile, caKeyFile);
      const authority = known && isGood(known, now) ? known : await issueAuthority(now);
      if (authority !== known) await keep(authority, caFile, caKeyFile);
      const present = await readPair(certFile, keyFile);
      const server = present && isGoodServer(present, authority, wanted, now) ? present : await issueServer(authority, wanted, now);
      if (server !== present) await keep(server, certFile, keyFile);
      return { caFile, certFile, keyFile, ca: authority.cert, cert: server.cert, key: server.key };
    });
  } catch (error) {
    throw asFolderError(folder, error);
  }
}

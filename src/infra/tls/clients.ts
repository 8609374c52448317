import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { KopruError } from '../../core/errors';
import { asFolderError, ensureFolder, readIfThere, writeFileAtomic } from '../folders';
import { issueAuthority, issueClient, type Pair } from './issue';
import { type ReadCertificate, readClientCertificate } from './read';

const authorityFiles = (folder: string) => ({ certFile: join(folder, 'ca.pem'), keyFile: join(folder, 'ca-key.pem') });

export interface PairFiles {
  certFile: string;
  /** Mode 0600. */
  keyFile: string;
}

/**
 * Makes a small certificate authority for tests and trials.
 * @throws KopruError `state-conflict` if the folder holds one already
 */
export async function makeClientAuthority(folder: string, now: Date): Promise<PairFiles> {
  return keepNew(folder, authorityFiles(folder), await issueAuthority(now, 'trial'));
}

/**
 * Issues a client certificate by the authority of a folder: the organisation as O, the party's id as CN.
 * @throws KopruError `state-conflict` if a file of that name is there already; `usage` if there is no valid authority
 */
export async function issueClientFiles(
  wish: { authority: string; folder: string; party: string; organisation: string; days: number },
  now: Date,
): Promise<PairFiles & { certificate: ReadCertificate }> {
  const authority = await authorityIn(wish.authority, now);
  const files = { certFile: join(wish.folder, `${wish.party}.pem`), keyFile: join(wish.folder, `${wish.party}-key.pem`) };
  const pair = await issueClient(authority, { organisation: wish.organisation, name: wish.party }, wish.days, now);
  await keepNew(wish.folder, files, pair);
  return { ...files, certificate: readClientCertificate(pair.cert, now) };
}

async function authorityIn(folder: string, now: Date): Promise<Pair> {
  const { certFile, keyFile } = authorityFiles(folder);
  const [cert, key] = [await readIfThere(certFile), await readIfThere(keyFile)];
  if (!cert || !key) throw noAuthority(`The folder ${folder} holds no certificate authority.`);
  if (Date.parse(new X509Certificate(cert).validTo) <= now.getTime()) throw noAuthority(`The authority in ${folder} has expired.`);
  return { cert, key };
}

const noAuthority = (what: string) => new KopruError('usage', what, { hint: 'Make one: kopru cert ca --out FOLDER.' });

/** Whoever has a key keeps it: nothing is overwritten. */
async function keepNew(folder: string, files: PairFiles, pair: Pair): Promise<PairFiles> {
  try {
    ensureFolder(folder, 0o700);
    for (const file of [files.certFile, files.keyFile]) {
      if ((await readIfThere(file)) === undefined) continue;
      throw new KopruError('state-conflict', `${file} is there already, and is not overwritten.`, { hint: 'Name another folder.' });
    }
    await writeFileAtomic(files.keyFile, pair.key, 0o600);
    await writeFileAtomic(files.certFile, pair.cert, 0o644);
    return files;
  } catch (error) {
    throw asFolderError(folder, error);
  }
}

import { certificatesOf, type InstitutionCertificate } from '../../access/institutions/certificates';
import { operation } from '../../audit/entry';
import { appendWithin } from '../../audit/log';
import { KopruError } from '../../core/errors';
import type { ReadCertificate } from '../../infra/tls/read';
import type { Broker, Operator } from '../broker';
import { requireDocument, requireParty } from './wishes';

type Deps = Pick<Broker, 'db' | 'agreement' | 'clock'>;

export type CertificateStatus = 'valid' | 'not-yet-valid' | 'expired' | 'revoked';

/** A registered certificate as people see it. */
export interface CertificateView extends Omit<InstitutionCertificate, 'fingerprint'> {
  /** SHA-256 of its DER, hexadecimal. */
  fingerprint: string;
  status: CertificateStatus;
}

/** All that were ever registered, oldest first. */
export async function listCertificates({ db, clock }: Deps): Promise<CertificateView[]> {
  const now = clock();
  return (await certificatesOf(db)).map((one) => viewOf(one, now));
}

/**
 * Registers a certificate for a party: from now on its people come with one (policy). What `document` says is the paper by which
 * the institution named it.
 * @throws KopruError `not-found` for the party, `state-conflict` if it was registered before, revoked or not
 */
export async function registerCertificate(
  { db, agreement, clock }: Deps,
  wish: { party: string; certificate: ReadCertificate; document: string },
  { by, command }: { by: Operator; command: 'cert import' | 'cert issue' },
): Promise<CertificateView> {
  const { party, certificate } = wish;
  requireParty(agreement, party);
  const document = requireDocument(wish.document);
  const now = clock();
  const fingerprint = new Uint8Array(certificate.fingerprint);
  const hex = certificate.fingerprint.toString('hex');
  return db.prisma.$transaction(async (tx) => {
    const added = await tx.institutionCertificate.createManyAndReturn({
      data: [{ ...certificate, fingerprint, party, document, addedAt: now, addedBy: by }],
      skipDuplicates: true,
    });
    if (!added[0])
      throw new KopruError('state-conflict', 'This certificate was registered before.', {
        hint: 'See kopru cert list. One that was revoked stays so: have a new one issued.',
      });
    const detail = { party, fingerprint: hex, serial: certificate.serial, document };
    await appendWithin(tx, operation({ at: now, by, command, detail }));
    return viewOf(added[0], now);
  });
}

/**
 * Ends a certificate, at the next request of whoever uses it. It stays on the list.
 * @throws KopruError `not-found`, `state-conflict` if it is revoked already
 */
export async function revokeCertificate(
  { db, clock }: Deps,
  { id, reason }: { id: number; reason: string },
  by: Operator,
): Promise<CertificateView> {
  const now = clock();
  return db.prisma.$transaction(async (tx) => {
    const revoked = await tx.institutionCertificate.updateManyAndReturn({
      where: { id, revokedAt: null },
      data: { revokedAt: now, revokedBy: by, revokedReason: reason },
    });
    if (revoked[0]) {
      await appendWithin(tx, operation({ at: now, by, command: 'cert revoke', detail: { certificate: id, reason } }));
      return viewOf(revoked[0], now);
    }
    if ((await tx.institutionCertificate.count({ where: { id } })) === 0)
      throw new KopruError('not-found', `There is no certificate ${id}.`, { hint: 'See kopru cert list.' });
    throw new KopruError('state-conflict', `Certificate ${id} is revoked already.`, { hint: 'See kopru cert list.' });
  });
}

function viewOf(one: InstitutionCertificate, now: Date): CertificateView {
  const status = one.revokedAt ? 'revoked' : one.notAfter < now ? 'expired' : one.notBefore > now ? 'not-yet-valid' : 'valid';
  return { ...one, fingerprint: Buffer.from(one.fingerprint).toString('hex'), status };
}

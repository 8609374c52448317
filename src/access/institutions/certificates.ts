import type { Database } from '../../infra/db';

/** A client certificate as it is registered. */
export interface InstitutionCertificate {
  id: number;
  party: string;
  /** SHA-256 of its DER. */
  fingerprint: Uint8Array;
  subject: string;
  serial: string;
  notBefore: Date;
  notAfter: Date;
  document: string;
  addedAt: Date;
  addedBy: string;
  revokedAt: Date | null;
  revokedBy: string | null;
  revokedReason: string | null;
}

/** All that were ever registered, oldest first. */
export async function certificatesOf(db: Database): Promise<InstitutionCertificate[]> {
  return db.prisma.institutionCertificate.findMany({ orderBy: { id: 'asc' } });
}

/** The party that a certificate speaks for now; undefined if it is unknown, revoked, expired or not yet valid. */
export async function partyOfCertificate(db: Database, fingerprint: Buffer, now: Date): Promise<{ party: string } | undefined> {
  // Asked on every request, so in SQL.
  const { rows } = await db.pool.query<{ party: string }>(
    `select party from institution_certificate
      where fingerprint = $1 and revoked_at is null and not_before <= $2 and not_after >= $2`,
    [fingerprint, now],
  );
  return rows[0];
}

/** With which certificate a caller came: one that an accepted authority signed, none, or one that the server refused. */
export type CameWith = { fingerprint: Buffer } | 'none' | 'refused';

/**
 * Whose the certificate of a connection is, seen from a party (policy: mutual TLS, and a credential is bound to its institution). It is
 * asked per request, so one that was revoked ends with its open connections.
 */
export async function certificateOf(db: Database, party: string, came: CameWith, now: Date): Promise<'own' | 'none' | 'foreign'> {
  if (came === 'none') return 'none';
  const bound = came === 'refused' ? undefined : await partyOfCertificate(db, came.fingerprint, now);
  return bound?.party === party ? 'own' : 'foreign';
}

import type { Database } from '../infra/db';

/** A finding as it is kept; the subject's id stays closed in its record. */
export interface StoredFinding {
  id: number;
  rule: string;
  status: 'open' | 'closed';
  detail: Record<string, unknown>;
  dataset: string;
  recordId: bigint;
  field: string;
  firstSeen: Date;
  lastSeen: Date;
  closedAt: Date | null;
  snapshots: Record<string, number>;
  acknowledgedBy: string | null;
  assignedTo: string | null;
  mutedUntil: Date | null;
}

export interface FindingFilter {
  agreementId: string;
  rules: readonly string[];
  status?: 'open' | 'closed' | undefined;
  /** Leave out what is muted at this time. */
  notMutedAt?: Date | undefined;
  /** After the finding with this number. */
  after?: number | undefined;
  limit: number;
}

/** Findings of these rules, by number. */
export async function listFindings(db: Database, filter: FindingFilter): Promise<StoredFinding[]> {
  const { agreementId, rules, status, notMutedAt, after = 0, limit } = filter;
  const rows = await db.prisma.finding.findMany({
    where: {
      agreementId,
      rule: { in: [...rules] },
      id: { gt: after },
      ...(status ? { status } : {}),
      ...(notMutedAt ? { OR: [{ mutedUntil: null }, { mutedUntil: { lte: notMutedAt } }] } : {}),
    },
    orderBy: { id: 'asc' },
    take: limit,
  });
  // What did not change is not written anew: an open finding was last seen in the newest reconciliation.
  const last = await db.prisma.reconciliation.findFirst({ where: { agreementId }, orderBy: { id: 'desc' } });
  return (rows as unknown as StoredFinding[]).map((row) =>
    row.status === 'open' && last ? { ...row, lastSeen: last.at, snapshots: last.snapshots as Record<string, number> } : row,
  );
}

/** How many findings of each rule there are, by status. */
export async function countFindings(
  db: Database,
  agreementId: string,
  rules: readonly string[],
): Promise<{ rule: string; open: number; closed: number }[]> {
  const { rows } = await db.pool.query(
    `select rule, count(*) filter (where status = 'open')::int as open, count(*) filter (where status = 'closed')::int as closed
     from finding where agreement_id = $1 and rule = any($2) group by rule order by rule`,
    [agreementId, rules],
  );
  return rows;
}

export interface FindingChange {
  acknowledgedBy?: string;
  assignedTo?: string | null;
  mutedUntil?: Date | null;
}

/** Changes a finding and writes its history; false if there is none of this number. */
export async function changeFinding(
  db: Database,
  agreementId: string,
  id: number,
  change: FindingChange,
  event: { at: Date; what: string; by: string; note?: string | undefined },
): Promise<boolean> {
  return db.prisma.$transaction(async (tx) => {
    const { count } = await tx.finding.updateMany({ where: { id, agreementId }, data: change });
    if (count === 0) return false;
    await tx.findingEvent.create({ data: { findingId: id, at: event.at, what: event.what, by: event.by, note: event.note ?? null } });
    return true;
  });
}

export async function findingEvents(db: Database, id: number): Promise<{ at: Date; what: string; by: string; note: string | null }[]> {
  return db.prisma.findingEvent.findMany({
    where: { findingId: id },
    orderBy: { id: 'asc' },
    select: { at: true, what: true, by: true, note: true },
  });
}

/** The snapshots that were compared last, by dataset; undefined if nothing was yet. */
export async function comparedLast(db: Database, agreementId: string): Promise<Record<string, number> | undefined> {
  const last = await db.prisma.reconciliation.findFirst({ where: { agreementId }, orderBy: { id: 'desc' } });
  return last?.snapshots as Record<string, number> | undefined;
}

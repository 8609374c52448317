import type { Database } from '../infra/db';

/** A finding as it is kept; the subject's id stays closed in its record. */
export interface StoredFinding {
  id: number;
  rule: string;
  /** The keyed index of whom it is about. */
  subject: Buffer;
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

export type FindingStatus = StoredFinding['status'];

/** Which findings are meant; of all these rules where nothing else is said. */
export interface FindingFilter {
  agreementId: string;
  rules: readonly string[];
  statuses?: readonly FindingStatus[] | undefined;
  /** Opened, changed, closed or reopened at this time or later. */
  changedSince?: Date | undefined;
  /** Leave out what is muted at this time. */
  notMutedAt?: Date | undefined;
  /** Only those that lie on a record of one of these datasets whose readable field has this value. */
  within?: readonly { dataset: string; field: string; value: string }[] | undefined;
}

/** SQL that is true of the findings `f` that a filter means, with its parameters. */
function meant({ agreementId, rules, statuses, changedSince, notMutedAt, within }: FindingFilter): { where: string; values: unknown[] } {
  const values: unknown[] = [agreementId, rules];
  const given = (sql: (parameter: string) => string, value: unknown) => (value === undefined ? [] : [sql(`$${values.push(value)}`)]);
  const where = [
    'f.agreement_id = $1 and f.rule = any($2)',
    ...given((p) => `f.status = any(${p})`, statuses),
    ...given((p) => `(f.muted_until is null or f.muted_until <= ${p})`, notMutedAt),
    ...given(
      (p) => `exists (select 1 from finding_event e
        where e.finding_id = f.id and e.at >= ${p} and e.what in ('opened', 'changed', 'closed', 'reopened'))`,
      changedSince,
    ),
    ...(within ? [lyingOn(within, values)] : []),
  ];
  return { where: where.join(' and '), values };
}

function lyingOn(within: NonNullable<FindingFilter['within']>, values: unknown[]): string {
  const any = within.map(({ dataset, field, value }) => {
    const [d, f, v] = [dataset, field, value].map((one) => `$${values.push(one)}::text`);
    return `(d.name = ${d} and r.open ->> ${f} = ${v})`;
  });
  return `exists (select 1 from dataset d join record_version r on r.dataset_id = d.id
    where d.name = f.dataset and r.id = f.record_id and (${any.join(' or ') || 'false'}))`;
}

/** A page of findings, by number, after the one with this number. */
export async function listFindings(
  db: Database,
  filter: FindingFilter & { after?: number | undefined; limit: number },
): Promise<StoredFinding[]> {
  const { where, values } = meant(filter);
  const { rows } = await db.pool.query(
    `select f.id, f.rule, f.subject, f.status, f.detail, f.dataset, f.record_id as "recordId", f.field, f.first_seen as "firstSeen",
            f.last_seen as "lastSeen", f.closed_at as "closedAt", f.snapshots, f.acknowledged_by as "acknowledgedBy",
            f.assigned_to as "assignedTo", f.muted_until as "mutedUntil"
     from finding f where ${where} and f.id > $${values.push(filter.after ?? 0)} order by f.id limit $${values.push(filter.limit)}`,
    values,
  );
  // What did not change is not written anew: an open finding was last seen in the newest reconciliation.
  const last = await lastCompared(db, filter.agreementId);
  return rows.map((row) => ({
    ...row,
    recordId: BigInt(row.recordId),
    ...(row.status === 'open' && last ? { lastSeen: last.at, snapshots: last.snapshots } : {}),
  }));
}

/** How many findings of each rule are meant, by status. */
export async function countFindings(db: Database, filter: FindingFilter): Promise<{ rule: string; open: number; closed: number }[]> {
  const { where, values } = meant(filter);
  const { rows } = await db.pool.query(
    `select f.rule, count(*) filter (where f.status = 'open')::int as open, count(*) filter (where f.status = 'closed')::int as closed
     from finding f where ${where} group by f.rule order by f.rule`,
    values,
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

/** The newest reconciliation: when it was, and which snapshots it compared; undefined if there was none yet. */
export async function lastCompared(
  db: Database,
  agreementId: string,
): Promise<{ id: number; at: Date; snapshots: Record<string, number> } | undefined> {
  const last = await db.prisma.reconciliation.findFirst({ where: { agreementId }, orderBy: { id: 'desc' } });
  return last ? { id: last.id, at: last.at, snapshots: last.snapshots as Record<string, number> } : undefined;
}

/** The snapshots that were compared last, by dataset; undefined if nothing was yet. */
export async function comparedLast(db: Database, agreementId: string): Promise<Record<string, number> | undefined> {
  return (await lastCompared(db, agreementId))?.snapshots;
}

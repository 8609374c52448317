import type { PoolClient } from 'pg';

export interface Merged {
  opened: number;
  reopened: number;
  changed: number;
  closed: number;
  /** Open now. */
  open: number;
}

/**
 * Holds what was found against the worklist: a new subject opens a finding, one that is gone closes it, one that comes again
 * reopens the same. Only rules that were asked are touched; every change is written to the history. What stays as it is is not
 * written: an open finding was last seen in the newest reconciliation.
 */
export async function merge(
  client: PoolClient,
  { agreementId, rules, snapshots, now }: { agreementId: string; rules: readonly string[]; snapshots: Record<string, number>; now: Date },
): Promise<Merged> {
  const at = [agreementId, now];
  const seen = [...at, JSON.stringify(snapshots)];
  const event = (what: string, rows: string) =>
    `insert into finding_event (finding_id, at, what, by) select id, $2, '${what}', 'reconcile' from ${rows}`;
  const asFound = 'detail = f.detail, dataset = f.dataset, record_id = f.record_id, field = f.field, last_seen = $2, snapshots = $3';
  const same = `w.agreement_id = $1 and w.rule = f.rule and w.subject = f.subject`;
  const count = async (sql: string, values: unknown[]) => (await client.query(sql, values)).rowCount ?? 0;
  await client.query('analyze found');

  const reopened = await count(
    `with again as (
       update finding w set status = 'open', closed_at = null, ${asFound} from found f where ${same} and w.status = 'closed' returning w.id
     ) ${event('reopened', 'again')}`,
    seen,
  );
  // The record in which the id stands may be another version by now; only what is said of it makes it a change.
  await client.query(
    `update finding w set dataset = f.dataset, record_id = f.record_id, field = f.field from found f
     where ${same.replace('$1', literal(agreementId))} and w.status = 'open' and (w.dataset, w.record_id, w.field) <> (f.dataset, f.record_id, f.field)`,
  );
  const changed = await count(
    `with other as (
       update finding w set ${asFound} from found f where ${same} and w.status = 'open' and w.detail <> f.detail returning w.id
     ) ${event('changed', 'other')}`,
    seen,
  );
  const opened = await count(
    `with made as (
       insert into finding (agreement_id, rule, subject, detail, dataset, record_id, field, first_seen, last_seen, snapshots)
       select $1, f.rule, f.subject, f.detail, f.dataset, f.record_id, f.field, $2, $2, $3 from found f
       where not exists (select 1 from finding w where ${same}) returning id
     ) ${event('opened', 'made')}`,
    seen,
  );
  // Last seen in the reconciliation before this one.
  const before = await client.query('select at, snapshots from reconciliation where agreement_id = $1 order by id desc limit 1', [
    agreementId,
  ]);
  const closed = await count(
    `with gone as (
       update finding w set status = 'closed', closed_at = $2, last_seen = coalesce($3, last_seen), snapshots = coalesce($4, snapshots)
       where w.agreement_id = $1 and w.status = 'open' and w.rule = any($5)
         and not exists (select 1 from found f where f.rule = w.rule and f.subject = w.subject) returning w.id
     ) ${event('closed', 'gone')}`,
    [...at, before.rows[0]?.at ?? null, before.rows[0] ? JSON.stringify(before.rows[0].snapshots) : null, rules],
  );
  const { rows } = await client.query(`select count(*)::int as n from finding where agreement_id = $1 and status = 'open'`, [agreementId]);
  const merged = { opened, reopened, changed, closed, open: rows[0].n };
  await client.query(
    `insert into reconciliation (agreement_id, at, snapshots, opened, reopened, changed, closed, open) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [agreementId, now, JSON.stringify(snapshots), opened, reopened, changed, closed, merged.open],
  );
  return merged;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

import type { PoolClient } from 'pg';
import type { Evaluated } from './evaluate';
import { text } from './inputs';
import { makeScratch } from './scratch';

export interface Merged {
  opened: number;
  reopened: number;
  changed: number;
  closed: number;
  /** Open now. */
  open: number;
  /** Whether every record was compared anew. */
  whole: boolean;
}

interface Merge {
  agreementId: string;
  rules: readonly string[];
  snapshots: Record<string, number>;
  now: Date;
  evaluated: Evaluated;
}

/**
 * Holds what was found against the worklist: a new subject opens a finding, one that is gone closes it, one that comes again
 * reopens the same. Only rules and subjects that were asked about are touched; every change is written to the history. What stays as it is is not
 * written: an open finding was last seen in the newest reconciliation.
 */
export async function merge(client: PoolClient, { agreementId, rules, snapshots, now, evaluated }: Merge): Promise<Merged> {
  const at = [agreementId, now];
  const seen = [...at, JSON.stringify(snapshots)];
  const event = (what: string, rows: string) =>
    `insert into finding_event (finding_id, at, what, by) select id, $2, '${what}', 'reconcile' from ${rows}`;
  const place = 'dataset = f.dataset, record_id = f.record_id, field = f.field';
  const count = async (sql: string, values: unknown[]) => (await client.query(sql, values)).rowCount ?? 0;
  await client.query(`analyze found (rule, subject)`);
  await makeScratch(client, 'differing', differing(agreementId, rules, evaluated.scopes), 'id, what');

  const reopened = await count(
    `with again as (
       update finding w set status = 'open', closed_at = null, detail = f.detail, ${place}, last_seen = $2, snapshots = $3 from differing f
       where w.id = f.id and f.what = 'reopened' and w.agreement_id = $1 returning w.id
     ) ${event('reopened', 'again')}`,
    seen,
  );
  // The record in which the id stands may be another version by now; only what is said of it makes it a change.
  const changed = await count(
    `with other as (
       update finding w set detail = f.detail, ${place}, last_seen = case f.what when 'changed' then $2 else w.last_seen end,
         snapshots = case f.what when 'changed' then $3 else w.snapshots end from (select * from differing order by id) f
       where w.id = f.id and f.what in ('changed', 'moved') and w.agreement_id = $1 returning w.id, f.what
     ) ${event('changed', "other where what = 'changed'")}`,
    seen,
  );
  const opened = await count(
    `with made as (
       insert into finding (agreement_id, rule, subject, detail, dataset, record_id, field, first_seen, last_seen, snapshots)
       select $1, f.rule, f.subject, f.detail, f.dataset, f.record_id, f.field, $2, $2, $3 from differing f where f.what = 'opened' returning id
     ) ${event('opened', 'made')}`,
    seen,
  );
  // Last seen in the reconciliation before this one.
  const before = await client.query('select at, snapshots, open from reconciliation where agreement_id = $1 order by id desc limit 1', [
    agreementId,
  ]);
  const closed = await count(
    `with gone as (
       update finding w set status = 'closed', closed_at = $2, last_seen = coalesce($3, last_seen), snapshots = coalesce($4, snapshots)
       from differing f where w.id = f.id and f.what = 'closed' and w.agreement_id = $1 returning w.id
     ) ${event('closed', 'gone')}`,
    [...at, before.rows[0]?.at ?? null, before.rows[0] ? JSON.stringify(before.rows[0].snapshots) : null],
  );
  const open = (before.rows[0]?.open ?? 0) + opened + reopened - closed;
  const merged = { opened, reopened, changed, closed, open };
  // The next comparison is planned by it, and must not wait for the server's own round.
  const whole = !evaluated.before;
  if (whole) await client.query('analyze finding (agreement_id, rule, subject, status)');
  await client.query(
    `insert into reconciliation (agreement_id, at, snapshots, opened, reopened, changed, closed, open, whole)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [agreementId, now, JSON.stringify(snapshots), opened, reopened, changed, closed, merged.open, whole],
  );
  return { ...merged, whole };
}

/** How long the parts of a reconciliation took: comparing, and making derived datasets. */
export interface Times {
  millis: number;
  deriveMillis: number;
}

/** Notes them of the reconciliation that this transaction made. */
export async function noteTimes(client: PoolClient, { millis, deriveMillis }: Times): Promise<void> {
  await client.query('update reconciliation set millis = $1, derive_millis = $2 where id = (select max(id) from reconciliation)', [
    millis,
    deriveMillis,
  ]);
}

/** What was found, beside what the worklist says of it, where they differ: in one pass over both. */
function differing(agreementId: string, rules: readonly string[], scopes: Evaluated['scopes']): string {
  return `select case when w.id is null then 'opened' when f.rule is null then 'closed' when w.status = 'closed' then 'reopened'
                      when w.detail <> f.detail then 'changed' else 'moved' end as what, w.id, f.*
          from found f full join (${askedAbout(agreementId, rules, scopes)}) w on w.rule = f.rule and w.subject = f.subject
          where w.id is null or case when f.rule is null then w.status = 'open' else w.status = 'closed' or w.detail <> f.detail
            or (w.dataset, w.record_id, w.field) <> (f.dataset, f.record_id, f.field) end`;
}

/** The findings that were asked about, as SQL: those of some rules whole, and of others within their scopes. */
function askedAbout(agreementId: string, rules: readonly string[], scopes: Evaluated['scopes']): string {
  const parts = [...new Set(rules.map((rule) => scopes.get(rule)))].map((scope) => {
    const own = rules.filter((rule) => scopes.get(rule) === scope).map(text);
    const findings = `select w.* from finding w where w.agreement_id = ${text(agreementId)} and w.rule in (${own})`;
    // Few are asked about, so theirs are looked up and not sought among all: \`offset 0\` keeps the planner from it.
    return scope ? `select w.* from ${scope} s cross join lateral (${findings} and w.subject = s.subject offset 0) w` : findings;
  });
  return parts.join(' union all ') || 'select * from finding where false';
}

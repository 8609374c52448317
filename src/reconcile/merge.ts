import type { PoolClient } from 'pg';
import type { Evaluated } from './evaluate';
import { text } from './inputs';

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
  const asFound = `detail = f.detail, ${place}, last_seen = $2, snapshots = $3`;
  const count = async (sql: string, values: unknown[]) => (await client.query(sql, values)).rowCount ?? 0;
  await client.query('analyze found (rule, subject)');
  await client.query(
    `create temp table known on commit drop as
     select f.*, w.id, w.status, w.detail <> f.detail as other, (w.dataset, w.record_id, w.field) <> (f.dataset, f.record_id, f.field) as moved
     from found f left join finding w on w.agreement_id = ${text(agreementId)} and w.rule = f.rule and w.subject = f.subject`,
  );
  await client.query(`create temp table standing on commit drop as ${openNow(agreementId, rules, evaluated.scopes)}`);
  await client.query('analyze known (id, status), standing (id)');

  const reopened = await count(
    `with again as (
       update finding w set status = 'open', closed_at = null, ${asFound} from known f
       where w.id = f.id and f.status = 'closed' and w.agreement_id = $1 returning w.id
     ) ${event('reopened', 'again')}`,
    seen,
  );
  const changed = await count(
    `with other as (
       update finding w set ${asFound} from known f where w.id = f.id and f.status = 'open' and f.other and w.agreement_id = $1 returning w.id
     ) ${event('changed', 'other')}`,
    seen,
  );
  // The record in which the id stands may be another version by now; only what is said of it makes it a change.
  await client.query(`update finding w set ${place} from known f where w.id = f.id and f.status = 'open' and f.moved and not f.other`);
  const opened = await count(
    `with made as (
       insert into finding (agreement_id, rule, subject, detail, dataset, record_id, field, first_seen, last_seen, snapshots)
       select $1, f.rule, f.subject, f.detail, f.dataset, f.record_id, f.field, $2, $2, $3 from known f where f.id is null returning id
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
       from standing s where w.id = s.id and w.agreement_id = $1 and not exists (select 1 from known k where k.id = s.id) returning w.id
     ) ${event('closed', 'gone')}`,
    [...at, before.rows[0]?.at ?? null, before.rows[0] ? JSON.stringify(before.rows[0].snapshots) : null],
  );
  const open = (before.rows[0]?.open ?? 0) + opened + reopened - closed;
  const merged = { opened, reopened, changed, closed, open };
  // The next comparison is planned by it, and must not wait for the server's own round.
  if (evaluated.whole) await client.query('analyze finding (agreement_id, rule, subject, status)');
  const { whole } = evaluated;
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

/** Open findings that were asked about, as SQL. */
function openNow(agreementId: string, rules: readonly string[], scopes: Evaluated['scopes']): string {
  const parts = [...new Set(rules.map((rule) => scopes.get(rule)))].map((scope) => {
    const own = rules.filter((rule) => scopes.get(rule) === scope).map(text);
    const asked = scope ? `join (select distinct subject from ${scope}) s on s.subject = w.subject` : '';
    return `select w.id from finding w ${asked}
            where w.agreement_id = ${text(agreementId)} and w.rule in (${own}) and w.status = 'open'`;
  });
  return parts.join(' union all ') || 'select id from finding where false';
}

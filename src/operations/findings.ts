import type { Agreement } from '../agreements/language';
import { logOperation } from '../audit/log';
import { KopruError } from '../core/errors';
import { changeFinding, countFindings, type FindingChange, findingEvents, listFindings, type StoredFinding } from '../reconcile/store';
import type { Broker, Operator } from './broker';

/** A finding as an operator sees it: counts and codes, nothing of a person. */
export interface FindingView extends Omit<StoredFinding, 'recordId' | 'dataset' | 'field'> {
  label: string;
  severity: string;
  article: string;
}

export async function findings(
  { db, agreement, clock }: Broker,
  filter: { rule?: string | undefined; all?: boolean | undefined; after?: number | undefined; limit: number },
): Promise<FindingView[]> {
  const rows = await listFindings(db, {
    agreementId: agreement.id,
    rules: filter.rule === undefined ? Object.keys(agreement.rules) : [knownRule(agreement, filter.rule)],
    after: filter.after,
    limit: filter.limit,
    ...(filter.all ? {} : { status: 'open' as const, notMutedAt: clock() }),
  });
  return rows.map((row) => view(agreement, row));
}

/** How many findings each rule has. */
export async function findingCounts({
  db,
  agreement,
}: Broker): Promise<{ rule: string; label: string; severity: string; open: number; closed: number }[]> {
  const counts = new Map((await countFindings(db, agreement.id, Object.keys(agreement.rules))).map((c) => [c.rule, c]));
  return Object.entries(agreement.rules).map(([rule, { label, severity }]) => ({
    rule,
    label,
    severity,
    open: counts.get(rule)?.open ?? 0,
    closed: counts.get(rule)?.closed ?? 0,
  }));
}

/** What happened to a finding, oldest first. */
export async function findingHistory({ db }: Broker, id: number) {
  const events = await findingEvents(db, id);
  if (events.length === 0) throw noFinding(id);
  return events;
}

/** Says that somebody has seen it, with a note. */
export function acknowledgeFinding(broker: Broker, id: number, note: string | undefined, by: Operator): Promise<void> {
  return change(broker, id, { acknowledgedBy: by }, 'acknowledged', by, note);
}

/** Gives it to a unit. */
export function assignFinding(broker: Broker, id: number, unit: string, by: Operator): Promise<void> {
  return change(broker, id, { assignedTo: unit }, 'assigned', by, unit);
}

/** Keeps it off the worklist until a day begins in Europe/Istanbul. */
export function muteFinding(broker: Broker, id: number, until: Date, by: Operator): Promise<void> {
  return change(broker, id, { mutedUntil: until }, 'muted', by, until.toISOString());
}

async function change(broker: Broker, id: number, to: FindingChange, what: string, by: Operator, note?: string): Promise<void> {
  const at = broker.clock();
  await logOperation(broker.db, { at, by, command: `findings ${what}`, detail: { finding: id } });
  if (!(await changeFinding(broker.db, broker.agreement.id, id, to, { at, what, by, note }))) throw noFinding(id);
}

function view(agreement: Agreement, { recordId: _r, dataset: _d, field: _f, ...row }: StoredFinding): FindingView {
  const rule = agreement.rules[row.rule];
  const { id, status, detail, firstSeen, lastSeen, closedAt, snapshots, acknowledgedBy, assignedTo, mutedUntil } = row;
  return {
    id,
    rule: row.rule,
    label: rule?.label ?? row.rule,
    severity: rule?.severity ?? 'low',
    article: rule?.article ?? 'policy',
    status,
    detail,
    firstSeen,
    lastSeen,
    closedAt,
    snapshots,
    acknowledgedBy,
    assignedTo,
    mutedUntil,
  };
}

function knownRule({ id, rules }: Agreement, rule: string): string {
  if (Object.hasOwn(rules, rule)) return rule;
  throw new KopruError('not-found', `The agreement ${id} has no rule "${rule}".`, { hint: `Rules: ${Object.keys(rules).join(', ')}.` });
}

function noFinding(id: number): KopruError {
  return new KopruError('not-found', `There is no finding ${id}.`, { hint: 'List them with kopru findings.' });
}

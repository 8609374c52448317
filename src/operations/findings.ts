import type { Agreement } from '../agreements/language';
import { datasetsOf } from '../agreements/rules';
import { operation } from '../audit/entry';
import { KopruError } from '../core/errors';
import {
  changeFinding,
  countFindings,
  type FindingChange,
  type FindingFilter,
  type FindingStatus,
  findingEvents,
  listFindings,
  type StoredFinding,
} from '../reconcile/store';
import type { Broker, Operator } from './broker';

/** A finding as an operator sees it: counts and codes, nothing of a person. */
export interface FindingView extends Omit<StoredFinding, 'subject' | 'recordId' | 'dataset' | 'field'> {
  label: string;
  severity: string;
  article: string;
  /** The datasets whose records go into it. */
  datasets: string[];
}

/** How many findings a rule has. */
export interface FindingCount {
  rule: string;
  label: string;
  severity: string;
  datasets: string[];
  open: number;
  closed: number;
}

/** Which findings an operator asks for: open ones that are not muted, where nothing else is said. */
export interface FindingsAsked {
  rule?: string | undefined;
  severities?: readonly string[] | undefined;
  statuses?: readonly FindingStatus[] | undefined;
  changedSince?: Date | undefined;
  /** Closed and muted ones too. */
  all?: boolean | undefined;
}

export async function findings(
  broker: Broker,
  asked: FindingsAsked & { after?: number | undefined; limit: number },
): Promise<FindingView[]> {
  const { after, limit, statuses = asked.all ? undefined : (['open'] as const) } = asked;
  const rows = await listFindings(broker.db, { ...filterOf(broker, asked), statuses, after, limit });
  return rows.map((row) => view(broker.agreement, row));
}

/** How many findings each rule has. */
export async function findingCounts(broker: Broker, asked: FindingsAsked = {}): Promise<FindingCount[]> {
  const filter = filterOf(broker, asked);
  const counts = new Map((await countFindings(broker.db, filter)).map((c) => [c.rule, c]));
  return filter.rules.map((rule) => ({
    rule,
    label: broker.agreement.rules[rule]?.label ?? rule,
    severity: broker.agreement.rules[rule]?.severity ?? 'low',
    datasets: drawnOn(broker.agreement, rule),
    open: counts.get(rule)?.open ?? 0,
    closed: counts.get(rule)?.closed ?? 0,
  }));
}

function filterOf({ agreement, clock }: Broker, { rule, severities, statuses, changedSince, all }: FindingsAsked): FindingFilter {
  const rules = rule === undefined ? Object.keys(agreement.rules) : [knownRule(agreement, rule)];
  return {
    agreementId: agreement.id,
    rules: rules.filter((one) => severities?.includes(agreement.rules[one]?.severity ?? '') ?? true),
    statuses,
    changedSince,
    ...(all ? {} : { notMutedAt: clock() }),
  };
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
  await broker.audit.append(operation({ at, by, command: `findings ${what}`, detail: { finding: id } }));
  if (!(await changeFinding(broker.db, broker.agreement.id, id, to, { at, what, by, note }))) throw noFinding(id);
}

function view(agreement: Agreement, row: StoredFinding): FindingView {
  const rule = agreement.rules[row.rule];
  const { id, status, detail, firstSeen, lastSeen, closedAt, snapshots, acknowledgedBy, assignedTo, mutedUntil } = row;
  return {
    id,
    rule: row.rule,
    label: rule?.label ?? row.rule,
    severity: rule?.severity ?? 'low',
    article: rule?.article ?? 'policy',
    datasets: drawnOn(agreement, row.rule),
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

function drawnOn({ rules }: Agreement, id: string): string[] {
  const rule = rules[id];
  return rule ? [...new Set(datasetsOf(rule))] : [];
}

function knownRule({ id, rules }: Agreement, rule: string): string {
  if (Object.hasOwn(rules, rule)) return rule;
  throw new KopruError('not-found', `The agreement ${id} has no rule "${rule}".`, { hint: `Rules: ${Object.keys(rules).join(', ')}.` });
}

function noFinding(id: number): KopruError {
  return new KopruError('not-found', `There is no finding ${id}.`, { hint: 'List them with kopru findings.' });
}

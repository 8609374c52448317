import { decideFindings } from '../access/decide';
import { consentFlags } from '../agreements/consents';
import { datasetsOf } from '../agreements/rules';
import type { AuditEntry } from '../audit/entry';
import { KopruError } from '../core/errors';
import { countFindings, type FindingFilter, type FindingStatus, lastCompared, listFindings, type StoredFinding } from '../reconcile/store';
import { openByIds } from '../snapshots/open';
import { entryOf, logRelease, requestOf } from './permit';
import { standing } from './provenance';
import { charge } from './quota';
import { allowedOf } from './refusal';
import { type Has, type Tagged, tagged } from './tag';
import type { Agreement, Asker, DoorDeps, Provenance, Standing } from './types';

/** A finding as a party sees it. */
export interface ReleasedFinding {
  id: number;
  rule: string;
  label: string;
  severity: string;
  article: string;
  status: 'open' | 'closed';
  firstSeen: string;
  lastSeen: string;
  /** The snapshots in which it was seen last, by dataset. */
  snapshots: Record<string, number>;
  /** The national id of whom it is about; null once the record is erased. */
  subject: string | null;
  detail: Record<string, unknown>;
}

export type FindingStanding = Standing &
  Pick<Provenance, 'publicationConsent'> & {
    /** When the registers were compared last; null if they never were. */
    comparedAt: string | null;
  };

/** Which findings are asked for; all that are open to the party and not muted if nothing is said. */
export interface FindingAsked extends Has {
  rules?: readonly string[] | undefined;
  severities?: readonly string[] | undefined;
  statuses?: readonly FindingStatus[] | undefined;
  changedSince?: Date | undefined;
  /** Those too that an operator keeps off the worklist for now. */
  muted?: boolean | undefined;
}

export interface FindingWish extends FindingAsked {
  after?: number | undefined;
  limit: number;
}

/**
 * Decides which of the asked findings are open to whoever asks. What is open is logged when it is released, a refusal at once.
 * @throws KopruError `not-found` for a rule that is not open, or the refusal
 */
async function permitFindings(
  deps: DoorDeps,
  asker: Asker,
  action: 'findings' | 'summary',
  asked: FindingAsked,
): Promise<{ filter: FindingFilter; said: FindingStanding; entry: AuditEntry }> {
  const { agreement, audit, db, clock } = deps;
  const state = await deps.state();
  const decision = decideFindings(agreement, state, asker.who, requestOf(deps, asker, action));
  const entry: AuditEntry = { ...entryOf(deps, asker), action, article: decision.allow ? 'policy' : decision.article };
  const open = decision.allow ? decision.rules : [];
  try {
    allowedOf(decision);
    if (asked.rules?.some((rule) => !open.includes(rule)))
      throw new KopruError('not-found', 'There is no such rule, or none whose findings are open to you.', {
        hint: 'GET /v1/findings/summary lists them.',
      });
  } catch (error) {
    if (error instanceof KopruError) await audit.append({ ...entry, code: error.code });
    throw error;
  }
  const { severities, statuses, changedSince } = asked;
  const rules = open
    .filter((rule) => asked.rules?.includes(rule) ?? true)
    .filter((rule) => severities?.includes(agreement.rules[rule]?.severity ?? '') ?? true);
  // Before the findings are read: who asks for what changed since then misses none that came between.
  const comparedAt = (await lastCompared(db, agreement.id))?.at.toISOString() ?? null;
  const within = decision.allow && decision.province !== undefined ? placesIn(agreement, decision.province) : undefined;
  const filter = { agreementId: agreement.id, rules, statuses, changedSince, within, ...(asked.muted ? {} : { notMutedAt: clock() }) };
  const datasets = new Set(open.flatMap((id) => datasetsOf(agreement.rules[id] as Agreement['rules'][string])));
  const said = { ...standing(agreement, state), publicationConsent: consentFlags(agreement, state.consents, [...datasets]), comparedAt };
  return { filter, said, entry: { ...entry, decision: 'allow', fields: rules } };
}

/** Where records of a province lie. */
function placesIn({ datasets }: Agreement, province: string): NonNullable<FindingFilter['within']> {
  return Object.entries(datasets).flatMap(([dataset, { scope }]) => (scope ? [{ dataset, field: scope.province, value: province }] : []));
}

/** A page of findings, by number; logged before any subject is opened, and none is if the asker has the page already. */
export async function releaseFindings(
  deps: DoorDeps,
  asker: Asker,
  wish: FindingWish,
): Promise<FindingStanding & Tagged & { findings: ReleasedFinding[]; next?: number }> {
  const { filter, said, entry } = await permitFindings(deps, asker, 'findings', wish);
  const rows = await listFindings(deps.db, { ...filter, after: wish.after, limit: wish.limit + 1 });
  const page = rows.slice(0, wish.limit);
  const next = rows.length > wish.limit ? page.at(-1)?.id : undefined;
  // A mute ends by the clock alone, so the tag is made of what is listed; whom it is about stands in the records.
  const shown = page.map(({ recordId, field, subject: _, ...row }) => [finding(deps, row, null), String(recordId), field]);
  const tag = tagged(wish, asker.who.person.party, said, shown, next);
  const { has: _, limit: __, ...question } = wish;
  await chargeFindings(deps, asker, entry, tag.unchanged ? [] : page, JSON.stringify(question));
  await logRelease(deps, { entry }, tag.unchanged ? [] : page.map(({ subject }) => ({ keyIndex: subject })));
  if (tag.unchanged) return { ...tag, ...said, findings: [] };
  const subjects = await opened(deps, page);
  const findings = page.map((row) => finding(deps, row, subjects.get(row.id) ?? null));
  return { ...tag, ...said, findings, ...(next === undefined ? {} : { next }) };
}

function finding(
  { agreement }: DoorDeps,
  row: Omit<StoredFinding, 'recordId' | 'field' | 'subject'>,
  subject: string | null,
): ReleasedFinding {
  const { label, severity, article } = agreement.rules[row.rule] as (typeof agreement.rules)[string];
  const { id, rule, status, firstSeen, lastSeen, snapshots, detail } = row;
  return {
    id,
    rule,
    label,
    severity,
    article,
    status,
    firstSeen: firstSeen.toISOString(),
    lastSeen: lastSeen.toISOString(),
    snapshots,
    subject,
    detail,
  };
}

/** A finding tells of a record, and counts as one of its dataset. */
async function chargeFindings(
  deps: DoorDeps,
  asker: Asker,
  entry: AuditEntry,
  page: readonly StoredFinding[],
  question: string,
): Promise<void> {
  for (const dataset of new Set(page.map((f) => f.dataset))) {
    const records = page.filter((f) => f.dataset === dataset).length;
    const request = { ...requestOf(deps, asker, 'findings'), dataset };
    await charge(deps, asker, { dataset, mode: 'periodic', reading: `findings ${question}`, queries: 1, records, entry, request });
  }
}

/** A summary shows no record, and is a query of each dataset that its findings are drawn from. */
async function chargeSummary(deps: DoorDeps, asker: Asker, entry: AuditEntry, rules: readonly string[], question: string): Promise<void> {
  for (const dataset of new Set(rules.flatMap((id) => datasetsOf(deps.agreement.rules[id] as Agreement['rules'][string])))) {
    const request = { ...requestOf(deps, asker, 'summary'), dataset };
    await charge(deps, asker, { dataset, mode: 'periodic', reading: `summary ${question}`, queries: 1, records: 0, entry, request });
  }
}

/** How many of the asked findings there are of each rule that is open to the party. */
export async function summariseFindings(deps: DoorDeps, asker: Asker, asked: FindingAsked) {
  const { agreement, db } = deps;
  const { filter, said, entry } = await permitFindings(deps, asker, 'summary', asked);
  await chargeSummary(deps, asker, entry, filter.rules, JSON.stringify(asked));
  await logRelease(deps, { entry }, []);
  const counts = new Map((await countFindings(db, filter)).map((c) => [c.rule, c]));
  const rules = filter.rules.map((rule) => {
    const { label, severity, article } = agreement.rules[rule] as (typeof agreement.rules)[string];
    return { rule, label, severity, article, open: counts.get(rule)?.open ?? 0, closed: counts.get(rule)?.closed ?? 0 };
  });
  return { ...said, rules, ...tagged(asked, asker.who.person.party, said, rules) };
}

/** The subjects' national ids, from the records in which they stand. */
async function opened(deps: DoorDeps, findings: readonly StoredFinding[]): Promise<Map<number, string>> {
  const ids = new Map<number, string>();
  for (const dataset of new Set(findings.map((f) => f.dataset))) {
    const own = findings.filter((f) => f.dataset === dataset);
    const records = await openByIds(
      deps,
      dataset,
      own.map((f) => BigInt(f.recordId)),
    );
    for (const finding of own) {
      const id = records.get(BigInt(finding.recordId))?.[finding.field];
      if (typeof id === 'string') ids.set(finding.id, id);
    }
  }
  return ids;
}

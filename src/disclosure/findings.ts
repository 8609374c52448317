import { type Decision, decide } from '../access/decide';
import { contributions, type RulePlace } from '../agreements/rules';
import { logAccess } from '../audit/log';
import { KopruError } from '../core/errors';
import { countFindings, listFindings, type StoredFinding } from '../reconcile/store';
import { openStored } from '../snapshots/open';
import { datasetNumber, storedByIds } from '../snapshots/store';
import { entryOf } from './permit';
import { consentsOf, standing } from './provenance';
import type { Asker, DoorDeps, Provenance, Standing } from './types';

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

export type FindingStanding = Standing & Pick<Provenance, 'publicationConsent'>;

export interface FindingWish {
  rule?: string | undefined;
  status: 'open' | 'closed';
  after?: number | undefined;
  limit: number;
}

/** The rules whose every contributing field is open to the party: others it sees neither findings nor counts of. */
async function openRules(deps: DoorDeps, asker: Asker): Promise<{ rules: string[]; said: FindingStanding }> {
  const { agreement } = deps;
  const state = await deps.state();
  const decisions = new Map<string, Decision>();
  const decided = (dataset: string) => {
    const known =
      decisions.get(dataset) ??
      decide(agreement, state, { party: asker.party, dataset, ...(asker.purpose ? { purpose: asker.purpose } : {}) });
    decisions.set(dataset, known);
    return known;
  };
  const isOpen = ({ dataset, field }: RulePlace) => {
    const decision = decided(dataset);
    return decision.allow && decision.fields.includes(field);
  };
  const key = (dataset: string) => ({ dataset, field: agreement.datasets[dataset]?.key ?? '' });
  const rules = Object.entries(agreement.rules).filter(([, rule]) => contributions(rule, key).every(isOpen));
  const datasets = new Set(rules.flatMap(([, rule]) => contributions(rule, key).map((place) => place.dataset)));
  return {
    rules: rules.map(([id]) => id),
    said: { ...standing(agreement, state), publicationConsent: consentsOf(agreement, [...datasets]) },
  };
}

/** A page of findings, by number; logged before any subject is opened. @throws KopruError `not-found` for a rule that is not open */
export async function releaseFindings(
  deps: DoorDeps,
  asker: Asker,
  wish: FindingWish,
): Promise<FindingStanding & { findings: ReleasedFinding[]; next?: number }> {
  const { agreement, db } = deps;
  const { rules, said } = await openRules(deps, asker);
  const entry = { ...entryOf(deps, asker), action: 'findings' as const, dataset: null, article: 'policy' };
  if (wish.rule !== undefined && !rules.includes(wish.rule)) {
    await logAccess(db, { ...entry, code: 'not-found' });
    throw new KopruError('not-found', 'There is no such rule, or none whose findings are open to you.', {
      hint: 'GET /v1/findings/summary lists them.',
    });
  }
  const asked = wish.rule === undefined ? rules : [wish.rule];
  await logAccess(db, { ...entry, decision: 'allow', fields: asked });
  const rows = await listFindings(db, {
    agreementId: agreement.id,
    rules: asked,
    status: wish.status,
    after: wish.after,
    limit: wish.limit + 1,
  });
  const page = rows.slice(0, wish.limit);
  const subjects = await opened(deps, page);
  const findings = page.map((row): ReleasedFinding => {
    const { label, severity, article } = agreement.rules[row.rule] as (typeof agreement.rules)[string];
    const { id, rule, status, firstSeen, lastSeen, snapshots, detail } = row;
    const subject = subjects.get(id) ?? null;
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
  });
  const last = rows.length > wish.limit ? page.at(-1) : undefined;
  return { ...said, findings, ...(last ? { next: last.id } : {}) };
}

/** How many findings there are of each rule that is open to the party. */
export async function summariseFindings(deps: DoorDeps, asker: Asker) {
  const { agreement, db } = deps;
  const { rules, said } = await openRules(deps, asker);
  await logAccess(db, { ...entryOf(deps, asker), action: 'findings', dataset: null, decision: 'allow', article: 'policy', fields: rules });
  const counts = new Map((await countFindings(db, agreement.id, rules)).map((c) => [c.rule, c]));
  return {
    ...said,
    rules: rules.map((rule) => {
      const { label, severity, article } = agreement.rules[rule] as (typeof agreement.rules)[string];
      return { rule, label, severity, article, open: counts.get(rule)?.open ?? 0, closed: counts.get(rule)?.closed ?? 0 };
    }),
  };
}

/** The subjects' national ids, from the records in which they stand. */
async function opened({ agreement, db, keys }: DoorDeps, findings: readonly StoredFinding[]): Promise<Map<number, string>> {
  const ids = new Map<number, string>();
  for (const dataset of new Set(findings.map((f) => f.dataset))) {
    const own = findings.filter((f) => f.dataset === dataset);
    const open = await openStored(agreement, dataset, keys);
    const records = new Map(
      (
        await storedByIds(
          db.pool,
          await datasetNumber(db, dataset),
          own.map((f) => BigInt(f.recordId)),
        )
      ).map((stored) => [stored.id, stored]),
    );
    for (const finding of own) {
      const stored = records.get(BigInt(finding.recordId));
      const id = stored && (await open(stored))?.[finding.field];
      if (typeof id === 'string') ids.set(finding.id, id);
    }
  }
  return ids;
}

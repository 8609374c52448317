import { type Rule, rule as ruleShape } from '../agreements/rules';
import type { Database } from '../infra/db';

/** A number in a rule that operators may change; the agreement's own is the default. */
export interface Threshold {
  rule: string;
  threshold: string;
  value: number;
  /** What the agreement says. */
  agreed: number;
  changedBy: string | null;
  changedAt: Date | null;
}

/** Where the numbers of a kind of rule stand. */
const places: Partial<Record<Rule['kind'], readonly string[]>> = {
  'count-differs': ['tolerance.count', 'tolerance.share'],
  'reference-lapsed': ['years'],
};

export function thresholdsOf(rule: Rule): { threshold: string; agreed: number }[] {
  return (places[rule.kind] ?? []).map((threshold) => {
    const agreed = threshold.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], rule) as number;
    return { threshold, agreed };
  });
}

/** The rule with another threshold; undefined if that is not a value it may have. */
export function withThreshold(rule: Rule, threshold: string, value: number): Rule | undefined {
  const changed = structuredClone(rule) as Record<string, unknown>;
  const names = threshold.split('.');
  const last = names.pop() as string;
  const holder = names.reduce<Record<string, unknown>>((part, name) => part[name] as Record<string, unknown>, changed);
  holder[last] = value;
  const parsed = ruleShape.safeParse(changed);
  return parsed.success ? parsed.data : undefined;
}

export async function changedThresholds(db: Database) {
  return db.prisma.ruleThreshold.findMany({ orderBy: [{ rule: 'asc' }, { threshold: 'asc' }] });
}

/** The agreement's rules with what operators changed; a change that no longer fits the rule is left out. */
export async function rulesInForce(db: Database, agreed: Record<string, Rule>): Promise<Record<string, Rule>> {
  const rules = { ...agreed };
  for (const { rule, threshold, value } of await changedThresholds(db)) {
    const own = rules[rule];
    if (!own || !thresholdsOf(own).some((t) => t.threshold === threshold)) continue;
    rules[rule] = withThreshold(own, threshold, value) ?? own;
  }
  return rules;
}

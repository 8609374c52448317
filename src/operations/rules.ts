import { operation } from '../audit/entry';
import { appendWithin } from '../audit/log';
import { KopruError } from '../core/errors';
import { changedThresholds, type Threshold, thresholdsOf, withThreshold } from '../reconcile/thresholds';
import type { Broker, Operator } from './broker';

export type { Threshold };

/** A rule of the agreement with its thresholds in force. */
export interface RuleView {
  rule: string;
  label: string;
  severity: string;
  article: string;
  thresholds: Threshold[];
}

/** The agreement's rules, in its order. */
export async function listRules({ agreement, db }: Pick<Broker, 'agreement' | 'db'>): Promise<RuleView[]> {
  const changed = await changedThresholds(db);
  return Object.entries(agreement.rules).map(([id, rule]) => ({
    rule: id,
    label: rule.label,
    severity: rule.severity,
    article: rule.article,
    thresholds: thresholdsOf(rule).map(({ threshold, agreed }) => {
      const row = changed.find((c) => c.rule === id && c.threshold === threshold);
      return {
        rule: id,
        threshold,
        value: row?.value ?? agreed,
        agreed,
        changedBy: row?.changedBy ?? null,
        changedAt: row?.changedAt ?? null,
      };
    }),
  }));
}

/**
 * Gives a rule another threshold, or with `value: null` the agreement's own again. The next comparison takes it up, and then
 * compares everything.
 * @throws KopruError `not-found` for the rule or the threshold, `usage` for a value that it may not have
 */
export async function setThreshold(
  broker: Pick<Broker, 'agreement' | 'db' | 'clock'>,
  wish: { rule: string; threshold: string; value: number | null },
  by: Operator,
): Promise<Threshold> {
  const { agreement, db, clock } = broker;
  const { rule: id, threshold, value } = wish;
  const rule = Object.hasOwn(agreement.rules, id) ? agreement.rules[id] : undefined;
  if (!rule) throw new KopruError('not-found', `The agreement ${agreement.id} has no such rule.`, { hint: 'List them with kopru rules.' });
  const known = thresholdsOf(rule).map((t) => t.threshold);
  if (!known.includes(threshold)) {
    const hint = known.length > 0 ? `It has: ${known.join(', ')}.` : 'It has none.';
    throw new KopruError('not-found', `The rule ${id} has no such threshold.`, { hint });
  }
  if (value !== null && !withThreshold(rule, threshold, value))
    throw new KopruError('usage', `${value} is no value for ${threshold} of ${id}.`, {
      hint: 'Counts and years are whole numbers; a share lies between 0 and 1.',
    });
  const now = clock();
  const key = { rule_threshold: { rule: id, threshold } };
  const stamp = { changedBy: by, changedAt: now };
  await db.prisma.$transaction(async (tx) => {
    if (value === null) await tx.ruleThreshold.deleteMany({ where: { rule: id, threshold } });
    else await tx.ruleThreshold.upsert({ where: key, create: { rule: id, threshold, value, ...stamp }, update: { value, ...stamp } });
    await appendWithin(tx, operation({ at: now, by, command: 'rules set', detail: wish }));
  });
  const view = (await listRules(broker)).find((r) => r.rule === id);
  return view?.thresholds.find((t) => t.threshold === threshold) as Threshold;
}

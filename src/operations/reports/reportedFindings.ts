import { datasetsOf } from '../../agreements/rules';
import { countFindings, lastCompared } from '../../reconcile/store';
import type { Broker } from '../broker';
import { reconcileIfDue } from '../reconcile';

/** What reconciliation found, by rule; only counts. */
export interface ReportedFindings {
  /** When the snapshots were compared, and which, by dataset. */
  comparedAt: string;
  snapshots: Record<string, number>;
  rules: { rule: string; label: string; severity: string; article: string; open: number }[];
}

/**
 * The open findings of the rules that a dataset goes into and that could be asked, as of a comparison of this snapshot; null if this
 * snapshot was never the newest one that was compared.
 */
export async function reportedFindings(broker: Broker, dataset: string, version: number): Promise<ReportedFindings | null> {
  const { db, agreement } = broker;
  await reconcileIfDue(broker);
  const last = await lastCompared(db, agreement.id);
  if (last?.snapshots[dataset] !== version) return null;
  const compared = new Set(Object.keys(last.snapshots));
  const rules = Object.entries(agreement.rules).filter(([, rule]) => {
    const datasets = datasetsOf(rule);
    return datasets.includes(dataset) && datasets.every((each) => compared.has(each));
  });
  const counts = await countFindings(db, { agreementId: agreement.id, rules: rules.map(([id]) => id) });
  return {
    comparedAt: last.at.toISOString(),
    snapshots: last.snapshots,
    rules: rules.map(([rule, { label, severity, article }]) => ({
      rule,
      label,
      severity,
      article,
      open: counts.find((c) => c.rule === rule)?.open ?? 0,
    })),
  };
}

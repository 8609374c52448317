import type { Agreement } from '../agreements/language';
import type { AgreementState } from '../agreements/life';
import { countedDataset, type Statistic, statisticContributions } from '../agreements/statistics';
import { opener } from './derived';
import { type Decision, type Refusal, refuse } from './grants';
import { type QuotaStanding, quotaExceeded } from './quotas/standing';
import { decideStaff, decideStated, type StaffAllowed, type StaffRequest, type Stated, type Who } from './staff';

/**
 * Whether a party may count a statistic at all: it owns or is granted every field that goes into it, or may at least count by it. Pure.
 * Whom it may show the counts is another question.
 */
export function decideStatistic(
  agreement: Agreement,
  state: AgreementState,
  party: string,
  statistic: Statistic,
  asked: { purpose?: string; withheld?: readonly string[] } = {},
): { allow: true; grant: string; article: string } | Refusal {
  const { decided, isOpen } = opener(agreement, state, { party, ...asked });
  const contributions = statisticContributions(agreement, statistic);
  const closed = contributions.find((at) => !isOpen(at));
  if (closed) {
    const why = decided(closed.dataset);
    if (!why.allow && why.code !== 'grant-closed') return why;
    return refuse(
      'grant-closed',
      why.article,
      'This statistic is made of fields of which not all are open to this party.',
      'See kopru agreement show for what is open to whom.',
    );
  }
  const allowed = [...new Set(contributions.map(({ dataset }) => dataset))].map(decided).filter(isAllowed);
  const joined = (texts: string[], by: string) => [...new Set(texts)].join(by);
  return {
    allow: true,
    grant: joined(
      allowed.map(({ grant }) => grant),
      '+',
    ),
    article: joined(
      allowed.map(({ article }) => article),
      '; ',
    ),
  };
}

const isAllowed = (decision: Decision): decision is Extract<Decision, { allow: true }> => decision.allow;

/**
 * Whether somebody may see a statistic for the own party's use, and of which province alone. Pure. What it is counted by is a purpose's
 * business like any reading.
 */
export function decideStatisticUse(
  agreement: Agreement,
  state: AgreementState,
  who: Who,
  statistic: Statistic,
  request: Omit<StaffRequest, 'dataset'> & Stated & { exhausted?: QuotaStanding | undefined },
): { allow: true; grant: string; article: string; scope?: StaffAllowed['scope'] } | Refusal {
  const { purpose, exhausted } = request;
  const staff = decideStaff(agreement, who, { ...request, dataset: countedDataset(statistic) });
  if (!staff.allow) return staff;
  // Findings lie in several registers, and no row is one province's alone.
  if (who.person.province !== undefined && !staff.scope)
    return refuse(
      'scope-refused',
      'policy',
      'This statistic has no rows of one province, so provincial staff cannot read it.',
      'Staff of the centre can.',
    );
  const unstated = decideStated(agreement, request);
  if (unstated) return unstated;
  const { party } = who.person;
  const allowed = decideStatistic(agreement, state, party, statistic, { withheld: staff.withheld, ...(purpose ? { purpose } : {}) });
  if (!allowed.allow) return allowed;
  if (exhausted) {
    const { code, message, hint = '' } = quotaExceeded(exhausted);
    return refuse(code, 'V.Ç.7', message, hint);
  }
  return { ...allowed, ...(staff.scope ? { scope: staff.scope } : {}) };
}

import type { Mode } from '../../agreements/language';
import { istanbulMidnightAfter } from '../../core/dates';
import { KopruError } from '../../core/errors';

/** A daily limit that a request falls under, and how much of it is used. */
export interface QuotaStanding {
  /** Whose uses are counted together: the party's, its unit's, or the one person's. */
  scope: 'party' | 'unit' | 'person';
  what: 'queries' | 'records';
  /** The mode whose uses are counted; all of them together if absent. */
  mode?: Mode;
  /** A day of Europe/Istanbul. */
  limit: number;
  /** May lie above the limit, where that was lowered during the day. */
  used: number;
  remaining: number;
  /** The next midnight in Istanbul. */
  renewsAt: Date;
}

export type Standing = Omit<QuotaStanding, 'remaining' | 'renewsAt'>;

export function quotaStanding(standing: Standing, at: Date): QuotaStanding {
  return { ...standing, remaining: Math.max(0, standing.limit - standing.used), renewsAt: istanbulMidnightAfter(at) };
}

/** How a limit is called in headers and problems: `party-queries`, `unit-records-instant`. */
export function quotaName({ scope, what, mode }: Pick<QuotaStanding, 'scope' | 'what' | 'mode'>): string {
  return [scope, what, mode].filter(Boolean).join('-');
}

const holders = { party: 'this party', unit: 'this unit', person: 'this person' };

/** The refusal of a request that a limit does not leave room for (V.Ç.7). */
export function quotaExceeded(by: QuotaStanding): KopruError {
  const { scope, what, mode, limit, used, remaining, renewsAt } = by;
  const which = `the ${limit} ${mode ? `${mode} ` : ''}${what} a day that the owner of the data allows ${holders[scope]}`;
  const left = remaining === 0 ? `${used} are used` : `${used} are used, and this request wants more than the ${remaining} that are left`;
  return new KopruError('quota-exceeded', `Of ${which}, ${left}.`, {
    hint: `They renew at midnight in Istanbul (${renewsAt.toISOString()}).`,
  });
}

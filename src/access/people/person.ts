import type { IsoDate } from '../../core/dates';

/** What authorised personnel may do, with the words of the Ek-3 form. The roles are policy; V.Ç.6 asks that authority be defined. */
export const roleLabels = {
  query: 'Sorgulama',
  statistics: 'İstatistik',
  approver: 'Onay',
  operator: 'İşletim',
  auditor: 'Denetim',
  personnel: 'Personel yönetimi',
} as const;

export type Role = keyof typeof roleLabels;
export const roles = Object.keys(roleLabels) as readonly Role[];

/** Somebody whom a party authorised (V.E.4, Ek-3). Dates are days in Europe/Istanbul; name and national id stay sealed in the store. */
export interface Person {
  id: number;
  /** The one institution that the person acts for. */
  party: string;
  unit: string;
  /** Plate code "01" to "81"; undefined at the centre. */
  province?: string;
  roles: readonly Role[];
  /** Ranges of IP addresses; empty: those of the party or unit. */
  addresses: readonly string[];
  validFrom: IsoDate;
  /** The last day; undefined: no end is known. */
  validUntil?: IsoDate;
  /** When the person was trained (V.D.1). */
  trainedOn?: IsoDate;
  /** The version of the party's undertaking that the person accepted (Ek-2 9). */
  undertaking?: number;
  removed: boolean;
}

export type Standing = 'active' | 'not-yet' | 'expired' | 'removed' | 'untrained' | 'undertaking-missing';

/**
 * Whether a person may act on a day of Europe/Istanbul, and if not, why not; the first reason counts.
 * No access without training is policy on V.D.1. A newer undertaking supersedes the one that was accepted (Ek-2 9); without any
 * there is nothing to have accepted, and so no access (policy).
 */
export function standingOf(person: Person, today: IsoDate, currentUndertaking: number | undefined): Standing {
  if (person.removed) return 'removed';
  if (today < person.validFrom) return 'not-yet';
  if (person.validUntil !== undefined && today > person.validUntil) return 'expired';
  if (person.trainedOn === undefined || today < person.trainedOn) return 'untrained';
  if (currentUndertaking === undefined || (person.undertaking ?? 0) < currentUndertaking) return 'undertaking-missing';
  return 'active';
}

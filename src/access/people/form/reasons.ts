import { roleLabels } from '../person';

/** Why a row of a list cannot stand: a stable reason, and what people are told of the column. Never what the cell holds. */
export const reasons = {
  empty: 'is empty',
  calculated: 'is calculated: enter the value itself',
  'heading-missing': 'has a cell under no heading',
  'name-malformed': 'is no first name and surname',
  'text-malformed': 'must begin with a letter, have at most 200 letters, and none of < > =',
  'email-malformed': 'is no e-mail address',
  'id-malformed': 'has not 11 digits, or wrong check digits',
  'id-other-kind': 'is no T.C. number, but one of another kind',
  'id-of-nobody': 'is a number that stands for nobody',
  'id-twice': 'is the same as in row',
  'plate-unknown': 'is none of the plates 01 to 81',
  'province-unknown': 'is no province',
  'role-unknown': `takes these, with commas: ${Object.values(roleLabels).join(', ')}`,
  'address-malformed': 'has something that is neither an IP address nor a range such as 10.1.0.0/16',
  'address-too-wide': 'has a range wider than /8 (IPv6: /16)',
  'day-malformed': 'is no day written as 31.12.2026 or 2026-12-31',
  'day-to-come': 'is still to come',
  'end-before-beginning': 'is before the beginning',
  'version-malformed': 'is no version number',
  'undertaking-unknown': 'is none that is recorded for this party',
  'half-empty': 'is empty, though the other of the two is not',
} as const;

export type Reason = keyof typeof reasons;

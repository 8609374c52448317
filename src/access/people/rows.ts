import type { IsoDate } from '../../core/dates';
import type { Person, Role } from './person';

/** A person as stored: with the number of the newest version, and the day on which the undertaking was accepted. */
export interface StoredPerson extends Person {
  version: number;
  acceptedOn?: IsoDate;
}

/** A person's newest version as the database gives it; dates are texts yyyy-MM-dd. */
export interface PersonRow {
  id: number;
  party: string;
  version: number;
  unit: string;
  province: string | null;
  roles: Role[];
  addresses: string[];
  valid_from: IsoDate;
  valid_until: IsoDate | null;
  trained_on: IsoDate | null;
  accepted_undertaking: number | null;
  accepted_on: IsoDate | null;
  removed: boolean;
}

/** A date of the database as a text, whatever the session's style. */
const day = (column: string) => `to_char(${column}, 'YYYY-MM-DD') as ${column.replace(/^\w+\./, '')}`;

/** The columns of `PersonRow`, of a person `p` and a version `v`. */
export const personColumns = [
  'p.id, p.party, v.version, v.unit, v.province, v.roles, v.addresses, v.accepted_undertaking, v.removed',
  ...['v.valid_from', 'v.valid_until', 'v.trained_on', 'v.accepted_on'].map(day),
].join(', ');

/** Joined to a person `p`: the newest version `v`, which counts. */
export const newestVersion = 'join lateral (select * from person_version where person_id = p.id order by version desc limit 1) v on true';

/** The version that is in effect on a day: the newest one that has begun. Of a party and a day in SQL. */
export const undertakingOn = (party: string, on: string) =>
  `(select max(version) from undertaking where party = ${party} and effective_on <= ${on}::date)`;

export function personOf(row: PersonRow): Person {
  return {
    id: row.id,
    party: row.party,
    unit: row.unit,
    ...(row.province !== null && { province: row.province }),
    roles: row.roles,
    addresses: row.addresses,
    validFrom: row.valid_from,
    ...(row.valid_until !== null && { validUntil: row.valid_until }),
    ...(row.trained_on !== null && { trainedOn: row.trained_on }),
    ...(row.accepted_undertaking !== null && { undertaking: row.accepted_undertaking }),
    removed: row.removed,
  };
}

export function storedOf(row: PersonRow): StoredPerson {
  return { ...personOf(row), version: row.version, ...(row.accepted_on !== null && { acceptedOn: row.accepted_on }) };
}

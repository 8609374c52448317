import { type Person, roleLabels, type Standing, standingOf } from '../../../src/access/people/person';
import { agreement2024 } from '../../agreements/support/files';

const person: Person = {
  id: 1,
  party: 'north',
  unit: 'Birim',
  roles: ['query'],
  addresses: [],
  validFrom: '2026-02-01',
  validUntil: '2026-12-31',
  trainedOn: '2026-02-03',
  undertaking: 2,
  removed: false,
};

test.each<[Standing, string, Partial<Person>, string, number | undefined]>([
  ['active', 'all is in order', {}, '2026-06-01', 2],
  ['active', 'the last day counts', {}, '2026-12-31', 2],
  ['active', 'no end is known', { validUntil: undefined as never }, '2036-01-01', 2],
  ['active', 'the day of the training', {}, '2026-02-03', 2],
  ['undertaking-missing', 'the party has no undertaking that could be accepted', {}, '2026-06-01', undefined],
  ['active', 'accepted ahead of its day', { undertaking: 3 }, '2026-06-01', 2],
  ['not-yet', 'the day before the first', {}, '2026-01-31', 2],
  ['expired', 'the day after the last', {}, '2027-01-01', 2],
  ['removed', 'removed', { removed: true }, '2026-06-01', 2],
  ['removed', 'removed before all else', { removed: true, trainedOn: undefined as never }, '2028-01-01', 3],
  ['untrained', 'never trained', { trainedOn: undefined as never }, '2026-06-01', 2],
  ['untrained', 'trained later', {}, '2026-02-02', 2],
  ['untrained', 'training goes before the undertaking', { trainedOn: undefined as never }, '2026-06-01', 3],
  ['undertaking-missing', 'none accepted', { undertaking: undefined as never }, '2026-06-01', 1],
  ['undertaking-missing', 'a newer one supersedes', {}, '2026-06-01', 3],
])('%s: %s', (standing, _, over, today, current) => {
  expect(standingOf({ ...person, ...over }, today, current)).toBe(standing);
});

test('the roles of the Ek-3 form are those of the agreement, by the same labels', () => {
  expect(Object.fromEntries(Object.entries(agreement2024.roles).map(([id, { label }]) => [id, label]))).toEqual(roleLabels);
});

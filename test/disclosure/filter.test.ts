import { filterNames } from '../../src/agreements/filters';
import type { Agreement, Field } from '../../src/agreements/language';
import { fieldsChosenBy, filterMark, readFilter } from '../../src/disclosure/filter';
import { agreement2024 } from '../agreements/support/files';

const field = (type: string, sensitivity = 'open') =>
  ({ type, sensitivity, label: type, article: 'policy', values: ['A'] }) as unknown as Field;
const agreement = {
  datasets: {
    'agency.records': {
      fields: {
        place: field('province'),
        state: field('code'),
        count: field('integer'),
        helped: field('boolean'),
        day: field('date'),
        name: field('text'),
        sealedCount: field('integer', 'personal'),
      },
    },
    'agency.others': { fields: { state: field('text', 'personal'), own: field('boolean') } },
  },
} as unknown as Agreement;
const read = (asked: Record<string, string>) => readFilter(agreement, 'agency.records', asked);

test('values have the form in which they are stored as text; however it is asked, a filter has one writing', () => {
  expect(read({ state: ' b,A,b', place: '63,01', helped: 'true', count: '0,-5,12' })).toEqual([
    { field: 'count', values: ['-5', '0', '12'] },
    { field: 'helped', values: ['true'] },
    { field: 'place', values: ['01', '63'] },
    { field: 'state', values: ['A', 'b'] },
  ]);
  // As PostgreSQL keeps it: composed letters.
  expect(read({ state: 'I\u0307PTAL' })).toEqual([{ field: 'state', values: ['İPTAL'] }]);
  expect(filterMark(read({ state: 'A,b', place: '01' }))).toBe(filterMark(read({ place: '01', state: 'b, A' })));
  expect(filterMark(read({ state: 'A' }))).not.toBe(filterMark(read({ state: 'a' })));
  expect(filterMark([])).toBe('');
});

test.each<[string, string[]]>([
  ['place', ['', '0', '1', '82', '00', '001', 'Adana', '01,', ',01', '01;63', 'constructor']],
  ['count', ['', '1.0', '1e3', '+1', '01', '-0', ' ,1', '9007199254740993', 'NaN', '١', '1,x']],
  ['helped', ['', '1', 'TRUE', 'yes', 'null', 'true,']],
  ['state', ['', 'A,', 'x\0', 'x'.repeat(101)]],
])('%s: a value without its form is refused, and is not repeated', (name, values) => {
  for (const value of values) {
    let told: { code?: string; message?: string; hint?: string } = {};
    try {
      read({ [name]: value });
    } catch (error) {
      told = error as typeof told;
    }
    expect({ value, code: told.code }).toEqual({ value, code: 'request-invalid' });
    expect(`${told.message} ${told.hint}`).toContain(name);
    if (value.length > 3) expect(`${told.message} ${told.hint}`).not.toContain(value);
  }
});

test('only what is readable and has few values can be chosen by', () => {
  for (const name of ['day', 'name', 'sealedCount', 'own', 'constructor', '__proto__', 'toString'])
    expect(() => read({ [name]: 'true' })).toThrow(`Records of this dataset cannot be chosen by ${name}.`);
  expect(() => readFilter(agreement, 'agency.others', { state: 'A' })).toThrow('cannot be chosen by state');
});

test('the fields that the dataset has are those that must be open', () => {
  expect(fieldsChosenBy(agreement, 'agency.records', { state: 'x', own: 'y', constructor: 'z' })).toEqual(['state']);
  for (const dataset of ['agency.nothing', 'constructor', '__proto__'])
    expect(fieldsChosenBy(agreement, dataset, { state: 'x' })).toEqual([]);
});

test('the names are the union over the datasets; what is sealed or has many values is none', () => {
  expect(filterNames(agreement).map((filter) => [filter.name, filter.in.map((place) => place.dataset)])).toEqual([
    ['place', ['agency.records']],
    ['state', ['agency.records']],
    ['count', ['agency.records']],
    ['helped', ['agency.records']],
    ['own', ['agency.others']],
  ]);
  expect(filterNames(agreement2024).map(({ name }) => name)).toEqual([
    'reportedWorkerCount',
    'status',
    'sex',
    'nationality',
    'memberRole',
    'homeProvince',
    'workProvince',
    'season',
    'province',
    'sector',
    'schooling',
    'listed',
    'workers',
    'children',
  ]);
});

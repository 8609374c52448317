import { fieldPlan } from '../../../src/agreements/fields';
import type { Dataset } from '../../../src/agreements/language';
import { compileMapping, watchUnknown } from '../../../src/sources';
import type { SourceConfig } from '../../../src/sources/configure/config';
import { agreement } from '../support';

type Fields = SourceConfig['fields'];
const agents = fieldPlan(agreement.datasets['iskur.agents'] as Dataset);
const workers = fieldPlan(agreement.datasets['emetip.workers'] as Dataset);

/** The value that one field gets from a record as it is parsed. */
const mapped = (mapping: Fields[string], record: string, field = 'fullName', plan = agents) =>
  compileMapping({ [field]: mapping }, plan).map(JSON.parse(record))?.[plan.names.indexOf(field)];

test('values come in the order of the dataset’s fields, not of the mapping', () => {
  const mapper = compileMapping({ status: 's', phone: 'p', nationalId: 'n', fullName: 'ad.soyad' }, agents);
  expect(mapper.map({ n: 'id', p: 'tel', s: 'ok', ad: { soyad: 'x' } })).toEqual(['id', 'x', null, null, 'tel', null, 'ok']);
  expect(mapper.mapped).toEqual([true, true, false, false, true, false, true]);
});

test('absent and null are two things', () => {
  expect(mapped('a.b', '{"a":{}}')).toBeUndefined();
  expect(mapped('a.b', '{}')).toBeUndefined();
  expect(mapped('a.b', '{"a":"text"}')).toBeUndefined();
  expect(mapped('a.b', '{"a":null}')).toBeNull();
  expect(mapped('a.b', '{"a":{"b":null}}')).toBeNull();
  expect(mapped('a', '{"a":null}')).toBeNull();
  expect(mapped('a', '{"b":1}')).toBeUndefined();
});

test.each([['""'], ['"  "'], ['"\\t"'], ['"\\u00a0 "']])('the blank text %s is null', (text) => {
  expect(mapped('a', `{"a":${text}}`)).toBeNull();
});

test('a text keeps its blanks, and 0 and false are values', () => {
  expect(mapped('a', '{"a":" x "}')).toBe(' x ');
  expect(mapped('a', '{"a":0}')).toBe(0);
  expect(mapped('a', '{"a":false}')).toBe(false);
});

test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', '__proto__.x'])('%s is nothing unless it is sent', (name) => {
  expect(mapped(name, '{"a":1}')).toBeUndefined();
  expect(mapped(`a.${name}`, '{"a":{}}')).toBeUndefined();
});

test('names that objects inherit are read when they are sent', () => {
  expect(mapped('constructor', '{"constructor":"x"}')).toBe('x');
  expect(mapped('__proto__', '{"a":1,"__proto__":"y"}')).toBe('y');
  expect(mapped('__proto__.toString', '{"__proto__":{"toString":"z"}}')).toBe('z');
});

test.each([['null'], ['[]'], ['"text"'], ['1'], ['true']])('%s is no record', (record) => {
  expect(compileMapping({ fullName: 'a' }, agents).map(JSON.parse(record))).toBeUndefined();
});

test('values are renamed by their text, and others kept', () => {
  const status = { from: 's', values: { A: 'AKTİF', '1': 'İPTAL', true: 'BİLİNMİYOR', X: null } };
  const of = (s: string) => mapped(status, `{"s":${s}}`, 'status');
  expect([of('"A"'), of('1'), of('"1"'), of('true'), of('"X"'), of('"ASKIDA"'), of('2')]).toEqual([
    'AKTİF',
    'İPTAL',
    'İPTAL',
    'BİLİNMİYOR',
    null,
    'ASKIDA',
    2,
  ]);
  expect(of('"constructor"')).toBe('constructor');
});

test('values that mean "not given" are null, by their type', () => {
  const count = { from: 'c', nulls: [-1, '-', '0'] };
  const of = (c: string) => mapped(count, `{"c":${c}}`, 'reportedWorkerCount');
  expect([of('-1'), of('"-"'), of('"0"'), of('0'), of('"-1"')]).toEqual([null, null, null, 0, '-1']);
});

test('a number is taken for a text where that is accepted, with the zeros it lost', () => {
  const accept = { from: 'a', accept: 'number' as const };
  expect(mapped(accept, '{"a":5321234567}', 'phone')).toBe('5321234567');
  expect(mapped(accept, '{"a":17291716060}', 'nationalId')).toBe('17291716060');
  expect(mapped(accept, '{"a":12345674}', 'nationalId')).toBe('0012345674'); // the agents’ ids may be a VKN
  expect(mapped(accept, '{"a":1}', 'workProvince', workers)).toBe('01');
  expect(mapped('a', '{"a":5321234567}', 'phone')).toBe(5321234567);
  for (const odd of ['1.5', '-1', '1e300']) expect(mapped(accept, `{"a":${odd}}`, 'phone')).toBe(Number(odd));
});

test('each field has its own date format', () => {
  const mapper = compileMapping({ permitStartDate: { from: 'd', format: 'dd.MM.yyyy' }, fullName: 'n' }, agents);
  expect(mapper.formats[agents.names.indexOf('permitStartDate')]).toBe('dd.MM.yyyy');
  expect(mapper.formats[agents.names.indexOf('fullName')]).toBe('yyyy-MM-dd');
});

test('records of many shapes in turn are all read rightly', () => {
  const names = workers.names;
  const fields = Object.fromEntries(names.map((name) => [name, `x_${name}`]));
  const mapper = compileMapping(fields, workers);
  for (let i = 0; i < 200; i += 1) {
    const present = names.filter((_, j) => (i * 31 + j * 17) % 7 !== 0);
    if (i % 2) present.reverse();
    const record = Object.fromEntries(present.map((name) => [`x_${name}`, `${name} ${i}`]));
    expect(mapper.map(record)).toEqual(names.map((name) => (present.includes(name) ? `${name} ${i}` : undefined)));
  }
});

describe('fields that no mapping uses', () => {
  const fields: Fields = { fullName: 'ad', phone: { from: 'iletisim.tel' }, status: 'durum' };
  const counts = (...records: unknown[]) => {
    const unknown = watchUnknown(fields);
    return { counts: records.map((r) => unknown.see(r)), names: unknown.names() };
  };

  test('are counted in each record and named, also inside', () => {
    const plain = { ad: 1, iletisim: { tel: 1 }, durum: 1 };
    const seen = counts(
      plain,
      { ...plain, yeni: 1 },
      { ...plain, yeni: { a: 1 } },
      { ...plain, iletisim: { tel: 1, eposta: 2, faks: 3 } },
      plain,
      { baska: 1 },
    );
    expect(seen.counts).toEqual([0, 1, 1, 2, 0, 1]);
    expect(seen.names).toEqual(['yeni', 'iletisim.eposta', 'iletisim.faks', 'baska']);
  });

  test('are none where a whole object is taken, or the record is none', () => {
    expect(counts({ ad: { a: 1, b: 2 }, iletisim: null }, null, [], 'x').counts).toEqual([0, 0, 0, 0]);
  });

  test('may bear inherited names', () => {
    expect(counts(JSON.parse('{"__proto__":1,"constructor":2,"ad":3}'))).toEqual({ counts: [2], names: ['__proto__', 'constructor'] });
  });

  test('never show a number that may be a person’s, and are named within bounds', () => {
    expect(counts({ '17291716060': 1, [`x${'y'.repeat(500)}`]: 1 }).names).toEqual(['#', `x${'y'.repeat(59)}`]);
    expect(counts(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`n${i}`, i])))).toMatchObject({
      counts: [500],
      names: { length: 50 },
    });
  });
});

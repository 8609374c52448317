import fc from 'fast-check';
import { fieldPlan } from '../../src/agreements/fields';
import type { Field } from '../../src/agreements/language';
import { idKind } from '../../src/core/nationalId';
import { canonicalText, type FieldValue, isPhone } from '../../src/core/record';
import { recordWriter } from '../../src/intake/writing';
import { agreement2024 } from '../agreements/support/files';

// The order of a phone's parts is not part of what a phone is.
const phone = fc.record({ e164: fc.option(fc.constantFrom('+905321234567', '+904441234')), raw: fc.string({ unit: 'binary' }) });
const rows = fc.array(fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.constant(null)), { minLength: 1, maxLength: 3 }), {
  maxLength: 4,
});
const value: fc.Arbitrary<FieldValue> = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean(), fc.constant(null), phone, rows);
const name = fc.stringMatching(/^[a-z][A-Za-z0-9]{0,8}$/);
const record = fc.dictionary(name, value, { minKeys: 1, maxKeys: 12, noNullPrototype: true });
const swapped = (v: FieldValue): FieldValue => (isPhone(v) ? { raw: v.raw, e164: v.e164 } : v);

describe('the canonical text', () => {
  test('it is JSON of the fields that are not null, in the order of their names', () => {
    fc.assert(
      fc.property(record, (given) => {
        const text = canonicalText(given);
        const filled = Object.entries(given).filter(([, v]) => v !== null);
        expect(JSON.parse(text)).toEqual(Object.fromEntries(filled));
        // Plain JSON, as the platform writes it, once the names are in code-unit order.
        filled.sort(([a], [b]) => (a < b ? -1 : 1));
        const inOrder = filled.map(([n, v]) => [n, isPhone(v) ? { e164: v.e164, raw: v.raw } : v]);
        expect(text).toBe(JSON.stringify(Object.fromEntries(inOrder)));
      }),
      { numRuns: 1000 },
    );
  });

  test('the order of the fields, and of a phone’s parts, makes no difference', () => {
    fc.assert(
      fc.property(record, fc.infiniteStream(fc.nat()), (given, stream) => {
        const entries = Object.entries(given).map(([n, v]) => ({ n, v: swapped(v), by: stream.next().value }));
        const other = Object.fromEntries(entries.sort((a, b) => a.by - b.by).map(({ n, v }) => [n, v]));
        expect(canonicalText(other)).toBe(canonicalText(given));
      }),
    );
  });

  test('a field that is declared later, and null so far, changes nothing; left out is null', () => {
    fc.assert(
      fc.property(record, name, (given, added) => {
        const filled = Object.fromEntries(Object.entries(given).filter(([, v]) => v !== null));
        expect(canonicalText(filled)).toBe(canonicalText(given));
        if (!Object.hasOwn(given, added)) expect(canonicalText({ [added]: null, ...given })).toBe(canonicalText(given));
      }),
    );
  });

  test('records that differ are written differently', () => {
    fc.assert(
      fc.property(record, fc.nat(), value, (given, at, other) => {
        const names = Object.keys(given);
        const changed = names[at % names.length] as string;
        const plain = (v: FieldValue) => JSON.stringify(isPhone(v) ? ['phone', v.e164, v.raw] : v);
        fc.pre(plain(other) !== plain(given[changed] as FieldValue));
        expect(canonicalText({ ...given, [changed]: other })).not.toBe(canonicalText(given));
      }),
    );
    // Values of another kind that look alike.
    const alike = [0, '0', false, 'false', '', { e164: null, raw: '' }, '{"e164":null,"raw":""}'].map((a) => canonicalText({ a }));
    expect(new Set([...alike, canonicalText({ a: null }), canonicalText({ b: 0 })]).size).toBe(alike.length + 2);
  });

  test('it is what it always was: stored hashes depend on it', () => {
    expect(canonicalText({ b: 'ı"\u2028', aB: 1, a: null, Z: true, c: { raw: '1', e164: null } })).toBe(
      '{"Z":true,"aB":1,"b":"ı\\"\u2028","c":{"e164":null,"raw":"1"}}',
    );
    expect(canonicalText({})).toBe('{}');
  });
});

/** What intake can have checked a field's value to be. */
function checked(field: Field): fc.Arbitrary<FieldValue> {
  const two = (least: number, most: number) => fc.integer({ min: least, max: most }).map((n) => String(n).padStart(2, '0'));
  const day = fc.tuple(fc.integer({ min: 1800, max: 2200 }), two(1, 12), two(1, 28));
  switch (field.type) {
    case 'nationalId':
      return fc.constantFrom('17291716060', '10000000146', '4540536920').filter((id) => idKind(id) !== undefined);
    case 'date':
      return day.map((d) => d.join('-'));
    case 'partialDate':
      return fc.tuple(day, fc.integer({ min: 1, max: 3 })).map(([d, parts]) => d.slice(0, parts).join('-'));
    case 'integer':
      return fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, -1));
    case 'boolean':
      return fc.boolean();
    case 'province':
      return two(1, 81);
    case 'phone':
      return phone.chain((p) => fc.constantFrom(p, swapped(p)));
    default:
      return fc.string({ unit: 'binary' });
  }
}

describe.each(Object.entries(agreement2024.datasets))('the fast writing of %s at intake', (_id, dataset) => {
  const plan = fieldPlan(dataset);
  const write = recordWriter(plan);
  const values = fc.tuple(...plan.fields.map((field) => fc.option(checked(field))));
  const named = (list: readonly FieldValue[]) => Object.fromEntries(plan.names.map((n, i) => [n, list[i] as FieldValue]));

  test('is the canonical text, so that a record that was read back has the hash that it was given', () => {
    fc.assert(
      fc.property(values, (list) => expect(write(list).canonical).toBe(canonicalText(named(list)))),
      { numRuns: 500 },
    );
  });

  test('what is sealed and what stays open are the whole record together, and share nothing', () => {
    fc.assert(
      fc.property(values, (list) => {
        const written = write(list);
        const [open, sealed] = [JSON.parse(written.open()), JSON.parse(written.sealed())] as [
          Record<string, FieldValue>,
          Record<string, FieldValue>,
        ];
        for (const { at, as } of plan.years) {
          const date = list[at];
          expect(open[as]).toBe(typeof date === 'string' ? Number(date.slice(0, 4)) : undefined);
          delete open[as];
        }
        for (const field of Object.keys(open)) expect(dataset.fields[field]?.sensitivity).toBe('open');
        for (const field of Object.keys(sealed)) expect(dataset.fields[field]?.sensitivity).not.toBe('open');
        expect(canonicalText({ ...open, ...sealed })).toBe(canonicalText(named(list)));
      }),
    );
  });

  test('writes one record after another without mixing them', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const first = write(a).canonical;
        expect(write(b).canonical).toBe(canonicalText(named(b)));
        expect(write(a).canonical).toBe(first);
      }),
    );
  });
});

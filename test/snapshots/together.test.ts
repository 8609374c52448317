import { datasetOf, fieldPlan } from '../../src/agreements/fields';
import { canonicalText } from '../../src/core/record';
import { putTogether } from '../../src/snapshots/together';
import { agreement2024 } from '../agreements/support/files';

describe('a stored record, put together', () => {
  const together = putTogether(fieldPlan(datasetOf(agreement2024, 'emetip.workers')));
  const sealed = { fullName: 'Eylül "Güneş"\u2028', nationalId: '10000000146', birthDate: '2014-02', phone: { raw: '0 532', e164: null } };
  const open = { season: 2026, workProvince: '01', memberRole: 'İŞÇİ', birthYear: 2014 };
  const { birthYear: _, ...readable } = open;

  test('has the text that is hashed, whatever the order of its members, and no year that stands beside its date', () => {
    const whole = together(JSON.stringify(sealed), open);
    expect(whole?.record).toEqual({ ...sealed, ...readable });
    expect(whole?.canonical).toBe(canonicalText({ ...sealed, ...readable }));
    const turned = Object.fromEntries(Object.entries(sealed).reverse());
    expect(together(JSON.stringify({ ...turned, householdHeadId: null }), open)?.canonical).toBe(whole?.canonical);
  });

  test('every member counts, also one that the agreement does not know, or has elsewhere', () => {
    const earlier = { ...sealed, nickname: 'Ece', season: 2025 };
    for (const [hidden, shown] of [
      [earlier, open],
      [{ ...sealed, season: 2026 }, {}],
      [{}, { ...sealed, ...open }],
    ] as const) {
      const { birthYear: _, ...rest } = shown as Record<string, never>;
      expect(together(JSON.stringify(hidden), shown)?.canonical).toBe(canonicalText({ ...hidden, ...rest } as never));
    }
  });

  test('a changed row lends no field a value', () => {
    const lending = `{"__proto__":{"season":2024},"nationalId":"10000000146"}`;
    for (const text of [lending, '{"nationalId":"10000000146"}']) {
      const record = together(text, {})?.record ?? {};
      expect([record.season, record.constructor, record.toString]).toEqual([undefined, undefined, undefined]);
    }
    expect([together('1', {}), together('no JSON', {}), together(undefined, {})]).toEqual([undefined, undefined, undefined]);
  });
});

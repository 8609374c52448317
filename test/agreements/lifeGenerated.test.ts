import fc from 'fast-check';
import type { AgreementEvent } from '../../src/agreements/events';
import type { Agreement } from '../../src/agreements/language';
import { agreementState, applies } from '../../src/agreements/life';
import { agreement2024 } from './support/files';

// Days are counted, so that generated histories and the reckoning below need no calendar of the product.
const first = Date.UTC(2023, 11, 1);
const iso = (n: number) => new Date(first + n * 86_400_000).toISOString().slice(0, 10);
const noon = (n: number) => new Date(first + n * 86_400_000 + 9 * 3_600_000);
const horizon = 1500;

const sometimesBoth = fc.oneof(
  { weight: 3, arbitrary: fc.constant(['cgm', 'iskur']) },
  { weight: 1, arbitrary: fc.constantFrom(['cgm'], ['iskur']) },
);
const kinds = {
  signed: fc.record({ type: fc.constant('signed' as const), agreedBy: sometimesBoth }),
  annex: fc.record({ type: fc.constant('annex' as const), annex: fc.constantFrom('Ek-1', 'Ek-2', 'Ek-3') }),
  notice: fc.record({ type: fc.constant('notice' as const), by: fc.constantFrom('cgm', 'iskur') }),
  termination: fc.record({ type: fc.constant('termination' as const), by: fc.constantFrom('cgm', 'iskur'), ground: fc.constant('g') }),
  mutualEnd: fc.record({ type: fc.constant('mutual-end' as const), agreedBy: sometimesBoth }),
  supplement: fc.record({
    type: fc.constant('supplement' as const),
    id: fc.constantFrom('a', 'b'),
    agreedBy: sometimesBoth,
    grants: fc.record({ 'iskur-workers': fc.constantFrom(['season'], ['fullName', 'season'], ['birthDate']) }),
  }),
  supplementEnd: fc.record({ type: fc.constant('supplement-end' as const), id: fc.constantFrom('a', 'b') }),
};
type Undated = AgreementEvent extends infer E ? (E extends AgreementEvent ? Omit<E, 'on'> : never) : never;
const event = fc.oneof(
  { weight: 3, arbitrary: kinds.signed },
  { weight: 2, arbitrary: kinds.annex },
  { weight: 3, arbitrary: kinds.notice },
  { weight: 1, arbitrary: kinds.termination },
  { weight: 1, arbitrary: kinds.mutualEnd },
  { weight: 3, arbitrary: kinds.supplement },
  { weight: 1, arbitrary: kinds.supplementEnd },
) as fc.Arbitrary<Undated>;

interface Dated {
  n: number;
  what: Undated;
}
// Few days apart often, so that days coincide; and around the ends of months and terms.
const dayOf = fc.oneof(fc.nat(horizon), fc.nat(40), fc.constantFrom(59, 60, 90, 91, 425, 426, 455, 456, 457, 790, 791, 821, 822));
const history = fc
  .tuple(
    fc.array(fc.record({ n: dayOf, what: event }), { maxLength: 14 }),
    // The annexes mostly early, or nothing would ever be in force.
    fc.tuple(
      ...['Ek-1', 'Ek-2', 'Ek-3'].map((annex) => fc.record({ n: fc.nat(60), what: fc.constant({ type: 'annex', annex } as Undated) })),
    ),
  )
  .map(([more, early]): Dated[] => [...early, ...more].sort((a, b) => a.n - b.n));
const terms = fc.record({ years: fc.integer({ min: 1, max: 2 }), noticeMonths: fc.integer({ min: 0, max: 3 }), renews: fc.boolean() });
const dated = ({ n, what }: Dated) => ({ ...what, on: iso(n) }) as AgreementEvent;

/** Months on, on the platform's calendar: the same day or the month's last. */
function months(day: string, by: number): string {
  const [y, m, d] = day.split('-').map(Number) as [number, number, number];
  const last = new Date(Date.UTC(y, m + by, 0)).getUTCDate();
  return new Date(Date.UTC(y, m - 1 + by, Math.min(d, last))).toISOString().slice(0, 10);
}

/** The life told day by day, as a clerk would keep it: written apart from the code, which reckons term by term. */
function clerk(agreement: Agreement, events: readonly Dated[], today: number) {
  const { years, noticeMonths, renews } = agreement.term;
  const all = (e: { agreedBy: string[] }) => e.agreedBy.includes('cgm') && e.agreedBy.includes('iskur');
  const annexes = new Set<string>();
  let supplements: { id: string; fields: string[]; since: number }[] = [];
  let life: { signedOn: string; term: number; from: string; to: string; notices: string[]; ended?: string; reason?: string } | undefined;
  for (let n = 0; n <= today; n += 1) {
    const day = iso(n);
    for (const { what } of events.filter((e) => e.n === n)) {
      if (what.type === 'annex') annexes.add(what.annex);
      if (what.type === 'signed' && all(what)) {
        supplements = supplements.filter((s) => s.since === n);
        life = { signedOn: day, term: 1, from: day, to: months(day, 12 * years), notices: [] };
      }
      if (what.type === 'notice') life?.notices.push(day);
      if ((what.type === 'termination' || (what.type === 'mutual-end' && all(what))) && life && !life.ended)
        Object.assign(life, { ended: day, reason: what.type });
      if (what.type === 'supplement' && all(what))
        supplements.push({ id: what.id, fields: what.grants['iskur-workers'] as string[], since: n });
      if (what.type === 'supplement-end') supplements = supplements.filter((s) => s.id !== what.id);
    }
    if (!life || life.ended || day < life.to) continue;
    // The term is over: a notice that came in time for it ends the agreement.
    const deadline = months(life.to, -noticeMonths);
    const missed = months(life.from, -noticeMonths);
    const { term, signedOn, notices, to } = life;
    if (notices.some((d) => d <= deadline && (term === 1 || d > missed))) Object.assign(life, { ended: to, reason: 'notice' });
    else if (!renews) Object.assign(life, { ended: to, reason: 'term' });
    else Object.assign(life, { term: term + 1, from: to, to: months(signedOn, 12 * years * (term + 1)) });
  }
  const open = new Set(supplements.flatMap((s) => s.fields));
  const inForce = life !== undefined && !life.ended && annexes.size === 3;
  return {
    status: !life ? 'not-in-force' : life.ended ? 'ended' : inForce ? 'applies' : 'not-in-force',
    signedOn: life?.signedOn,
    endsOn: life?.ended ?? life?.to,
    endReason: life?.ended && life.reason,
    workers: inForce ? ['fullName', 'season'].filter((f) => open.has(f)) : [],
  };
}

describe('any history of events, at any time', () => {
  test('is as a clerk would tell it day by day', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(history, terms, fc.nat(horizon), (events, term, today) => {
        const agreement = { ...agreement2024, term: { ...agreement2024.term, ...term } };
        const state = agreementState(agreement, events.map(dated), noon(today));
        const told = clerk(agreement, events, today);
        expect({
          status: applies(state) ? 'applies' : state.status,
          signedOn: state.signedOn,
          endsOn: state.endsOn,
          endReason: state.status === 'ended' ? state.reason : undefined,
          workers: state.openGrants['iskur-workers'] ?? [],
        }).toEqual(told);
        seen.add(`${state.status} ${state.status === 'ended' ? state.reason : ''} ${told.workers.length > 0}`);
      }),
      { numRuns: 3000 },
    );
    // The histories were not all dull.
    expect([...seen].sort()).toEqual(
      expect.arrayContaining([
        'ended mutual-end false',
        'ended notice false',
        'ended term false',
        'ended termination false',
        'in-force  false',
        'in-force  true',
        'in-notice  false',
        'in-notice  true',
        'not-in-force  false',
      ]),
    );
  });

  test('in notice exactly while a notice is what will end the term', () => {
    fc.assert(
      fc.property(history, fc.nat(horizon), (events, today) => {
        const state = agreementState(agreement2024, events.map(dated), noon(today));
        if (!applies(state)) return;
        expect(state.reason).toBe(state.status === 'in-notice' ? 'notice' : 'renews');
        // With nothing more recorded, the day before and the day of the end tell which it was.
        const end = Math.round((Date.parse(state.endsOn as string) - first) / 86_400_000);
        const past = events.filter((e) => e.n <= today).map(dated);
        expect(applies(agreementState(agreement2024, past, noon(end)))).toBe(state.status === 'in-force');
        expect(applies(agreementState(agreement2024, past, noon(end - 1)))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('the future has no effect, and what is passed in is left as it was', () => {
    fc.assert(
      fc.property(history, fc.nat(horizon), (events, today) => {
        const all = Object.freeze(events.map((e) => Object.freeze(dated(e)))) as readonly AgreementEvent[];
        const past = all.filter((e) => e.on <= iso(today));
        expect(agreementState(agreement2024, all, noon(today))).toEqual(agreementState(agreement2024, past, noon(today)));
      }),
    );
  });

  test('the order in which different days were recorded makes no difference', () => {
    fc.assert(
      fc.property(history, fc.nat(horizon), fc.infiniteStream(fc.nat()), (events, today, stream) => {
        const days = [...new Set(events.map((e) => e.n))].map((n) => ({ n, by: stream.next().value })).sort((a, b) => a.by - b.by);
        const shuffled = days.flatMap(({ n }) => events.filter((e) => e.n === n));
        expect(agreementState(agreement2024, shuffled.map(dated), noon(today))).toEqual(
          agreementState(agreement2024, events.map(dated), noon(today)),
        );
      }),
    );
  });

  test('nothing is open unless it applies, and never a field that no grant lists', () => {
    fc.assert(
      fc.property(history, fc.nat(horizon), (events, today) => {
        const state = agreementState(agreement2024, events.map(dated), noon(today));
        if (!applies(state)) expect(state.openGrants).toEqual({});
        for (const [id, fields] of Object.entries(state.openGrants))
          expect(agreement2024.grants[id]?.fields).toEqual(expect.arrayContaining([...fields]));
        if (applies(state)) expect(state.missing).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

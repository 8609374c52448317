import fc from 'fast-check';
import { type AccessRequest, type Decision, decideParty, decidePull } from '../../src/access/decide';
import { agreementProblems } from '../../src/agreements/check';
import { type Agreement, agreementShape, modes } from '../../src/agreements/language';
import { type AgreementState, applies } from '../../src/agreements/life';

const parties = ['north', 'south', 'west'];
const datasets = ['north.people', 'north.places', 'south.people'];
const fields = ['id', 'name', 'day', 'count', 'place'];
const purposes = ['care', 'statistics', 'own-business'];
/** Names that stand nowhere, some of them on every object. */
const strangers = ['nobody', 'constructor', 'toString', '__proto__', 'hasOwnProperty', ''];

interface MadeGrant {
  party: string;
  dataset: string;
  fields: string[];
  modes: string[];
  purposes: string[];
  opens: string;
}

function made(host: string, grants: Record<string, MadeGrant>): Agreement {
  const field = (type: string, more: object = {}) => ({ type, label: 'x', sensitivity: 'personal', article: 'policy', ...more });
  return agreementShape.parse({
    id: 'made-up',
    title: 'Made up',
    legalBasis: [],
    parties: Object.fromEntries(parties.map((p) => [p, { name: p, short: p, article: 'I' }])),
    host: { party: host, article: 'policy' },
    term: { years: 1, noticeMonths: 1, renews: true, article: 'IX' },
    annexes: [],
    purposes: Object.fromEntries(purposes.map((p, i) => [p, { label: p, article: `P.${i}` }])),
    notice: { text: 'x', article: 'policy' },
    datasets: Object.fromEntries(
      datasets.map((id) => [
        id,
        {
          label: id,
          owner: id.split('.')[0],
          article: `D.${id}`,
          classification: { label: 'x', article: 'policy' },
          key: 'id',
          fields: {
            id: field('nationalId', { kinds: ['tckn'], index: true, required: true }),
            name: field('text'),
            day: field('date'),
            count: field('integer'),
            place: field('province'),
          },
        },
      ]),
    ),
    grants: Object.fromEntries(Object.entries(grants).map(([id, g]) => [id, { ...g, article: `G.${id}` }])),
    schedules: {},
    retention: {
      snapshots: { days: 1, article: 'policy' },
      quarantine: { days: 1, article: 'policy' },
      accessLog: { days: 1, article: 'policy' },
    },
    consents: datasets.map((id) => ({ owner: id.split('.')[0], datasets: [id], publication: 'closed', article: 'policy' })),
    thresholds: { guard: { share: 0.2, article: 'policy' }, drift: { share: 0.2, article: 'policy' } },
  });
}

const some = <T>(of: readonly T[], least = 1) => fc.subarray([...of], { minLength: least });
const pairs = parties.flatMap((party) => datasets.filter((d) => !d.startsWith(party)).map((dataset) => ({ party, dataset })));
const grants = some(pairs, 0).chain((chosen) =>
  fc.tuple(
    ...chosen.map((pair, i) =>
      fc
        .record({ fields: some(fields), modes: some(modes), purposes: some(purposes), opens: fc.constantFrom('agreement', 'supplement') })
        // A grant may have any name that the language lets it have.
        .map((g) => [i === 0 ? 'constructor' : `g${i}`, { ...pair, ...g }] as [string, MadeGrant]),
    ),
  ),
);
const agreement = fc.tuple(fc.constantFrom(...parties), grants).map(([host, list]) => made(host, Object.fromEntries(list)));
/** An agreement with a state that it can be in: any status, and in each grant some fields open, or none. */
const situation = agreement.chain((a) =>
  fc
    .tuple(
      fc.constantFrom<AgreementState['status']>('not-in-force', 'in-force', 'in-notice', 'in-force', 'ended'),
      fc.tuple(...Object.entries(a.grants).map(([id, g]) => fc.subarray(g.fields).map((open) => [id, open] as const))),
    )
    .map(([status, open]) => {
      const state: AgreementState = {
        status,
        missing: status === 'not-in-force' ? ['Ek-1'] : [],
        openGrants: Object.fromEntries(open.filter(([, f]) => f.length > 0)),
        consents: [],
      };
      return { agreement: a, state };
    }),
);
const request: fc.Arbitrary<AccessRequest> = fc.record(
  {
    party: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...parties) }, { weight: 1, arbitrary: fc.constantFrom(...strangers) }),
    dataset: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...datasets) }, { weight: 1, arbitrary: fc.constantFrom(...strangers) }),
    fields: fc.oneof({ weight: 4, arbitrary: some(fields, 0) }, { weight: 1, arbitrary: some([...fields, ...strangers]) }),
    purpose: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...purposes) }, { weight: 1, arbitrary: fc.constantFrom(...strangers) }),
    mode: fc.constantFrom(...modes),
  },
  { requiredKeys: ['party', 'dataset'] },
);
const runs = { numRuns: 3000 };
const told = (d: Decision) => (d.allow ? 'allow' : d.code);

/** The fields that lie open to a party, and in which grant: the rule in its plainest words. */
function reach(
  a: Agreement,
  state: AgreementState,
  { party, dataset, mode, purpose }: AccessRequest,
): { grant: string; open: readonly string[] } | undefined {
  if (!['in-force', 'in-notice'].includes(state.status)) return undefined;
  if (!parties.includes(party) || !datasets.includes(dataset)) return undefined;
  if (dataset.startsWith(`${party}.`)) return { grant: 'owner', open: fields };
  for (const [id, g] of Object.entries(a.grants)) {
    const fits =
      g.party === party &&
      g.dataset === dataset &&
      (!mode || g.modes.includes(mode)) &&
      (purpose === undefined || g.purposes.includes(purpose));
    const open = Object.entries(state.openGrants).find(([name]) => name === id)?.[1] ?? [];
    if (fits && open.length > 0) return { grant: id, open };
  }
  return undefined;
}

describe('decide, over all kinds of agreement, state and request', () => {
  test('the agreements of this test are right ones', () => {
    fc.assert(fc.property(agreement, (a) => expect(agreementProblems(a)).toEqual([])));
  });

  test('it allows exactly what lies open, and no field besides', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(situation, request, ({ agreement: a, state }, asked) => {
        const decision = decideParty(a, state, asked);
        const within = reach(a, state, asked);
        const allowed = within !== undefined && (asked.fields ?? []).every((f) => within.open.includes(f));
        expect([asked, decision.allow]).toEqual([asked, allowed]);
        if (decision.allow && within) {
          expect(decision.grant).toBe(within.grant);
          expect(decision.fields).toEqual(within.open.filter((f) => !asked.fields || asked.fields.includes(f)));
        }
        const key = `${told(decision)} ${decision.allow && decision.grant === 'owner' ? 'owner' : ''}`;
        seen.set(key, (seen.get(key) ?? 0) + 1);
      }),
      runs,
    );
    // Every answer was given often enough to mean something.
    for (const key of ['allow ', 'allow owner', 'agreement-not-in-force ', 'grant-closed ', 'purpose-refused '])
      expect([key, (seen.get(key) ?? 0) > 15]).toEqual([key, true]);
    expect(seen.size).toBe(5);
  });

  test('not in force, nobody reads anything, the owner included, and everybody hears the same', () => {
    fc.assert(
      fc.property(situation, request, ({ agreement: a, state }, asked) => {
        for (const status of ['not-in-force', 'ended'] as const) {
          const decision = decideParty(a, { ...state, status }, asked);
          expect(decision).toMatchObject({ allow: false, code: 'agreement-not-in-force', article: 'IX' });
          expect(decision).toEqual(decideParty(a, { ...state, status }, { party: 'nobody', dataset: 'nothing' }));
        }
      }),
    );
  });

  test('an unknown party, an unknown dataset and one without a grant hear exactly the same', () => {
    fc.assert(
      fc.property(situation, request, fc.constantFrom(...strangers), ({ agreement: a, state }, asked, stranger) => {
        fc.pre(applies(state));
        const ungranted = pairs.find(
          ({ party, dataset }) => !Object.values(a.grants).some((g) => g.party === party && g.dataset === dataset),
        );
        const refusals = [
          decideParty(a, state, { ...asked, party: stranger }),
          decideParty(a, state, { ...asked, dataset: stranger }),
          decideParty(a, state, { ...asked, party: stranger, dataset: stranger }),
          ...(ungranted ? [decideParty(a, state, { ...asked, ...ungranted })] : []),
        ];
        for (const refusal of refusals) expect(refusal).toEqual({ ...refusals[0], allow: false, code: 'grant-closed', article: 'policy' });
      }),
      runs,
    );
  });

  test('a closed grant is told from none by its article alone, which goes into the log', () => {
    fc.assert(
      fc.property(situation, ({ agreement: a, state }) => {
        fc.pre(applies(state));
        const none = decideParty(a, state, { party: 'nobody', dataset: 'north.people' });
        for (const [id, { party, dataset }] of Object.entries(a.grants)) {
          const closed = decideParty(a, { ...state, openGrants: {} }, { party, dataset });
          expect(closed).toEqual({ ...none, article: `G.${id}` });
        }
      }),
    );
  });

  test('a purpose that the grant does not name is refused, with the articles of those that it names', () => {
    fc.assert(
      fc.property(situation, request, fc.constantFrom(...purposes, ...strangers), ({ agreement: a, state }, { fields: asked }, purpose) => {
        fc.pre(applies(state));
        for (const [id, open] of Object.entries(state.openGrants)) {
          const grant = a.grants[id] as Agreement['grants'][string];
          if (grant.purposes.includes(purpose)) continue;
          const decision = decideParty(a, state, {
            party: grant.party,
            dataset: grant.dataset,
            purpose,
            ...(asked ? { fields: asked.filter((f) => open.includes(f)) } : {}),
          });
          expect(decision).toMatchObject({
            allow: false,
            code: 'purpose-refused',
            article: grant.purposes.map((p) => `P.${purposes.indexOf(p)}`).join(', '),
          });
        }
      }),
    );
  });

  test('a refusal repeats nothing of what was asked', () => {
    fc.assert(
      fc.property(situation, ({ agreement: a, state }) => {
        const secret = 'a-persons-name';
        for (const party of parties) {
          const decision = decideParty(a, state, { party, dataset: 'north.people', fields: [secret] });
          expect(decision.allow).toBe(false);
          expect(
            JSON.stringify([
              decision,
              decideParty(a, state, { party, dataset: secret }),
              decideParty(a, state, { party: secret, dataset: 'north.people' }),
            ]),
          ).not.toContain(secret);
          const purposed = decideParty(a, state, { party, dataset: 'north.people', purpose: secret });
          expect(JSON.stringify(purposed)).not.toContain(secret);
        }
      }),
    );
  });

  test('choosing by a field needs it open just as asking for it does, and gives nothing more', () => {
    fc.assert(
      fc.property(situation, request, some([...fields, ...strangers], 1), ({ agreement: a, state }, asked, chosenBy) => {
        const [without, all] = [
          decideParty(a, state, asked),
          decideParty(a, state, { ...asked, fields: [...(asked.fields ?? []), ...chosenBy] }),
        ];
        expect(decideParty(a, state, { ...asked, chosenBy })).toEqual(all.allow ? without : all);
      }),
      runs,
    );
  });

  test('the owner reads its own, all of it or what it asks for, in the fields’ order', () => {
    fc.assert(
      fc.property(situation, some(fields, 0), ({ agreement: a, state }, asked) => {
        fc.pre(applies(state));
        for (const dataset of datasets) {
          const party = dataset.split('.')[0] as string;
          expect(decideParty(a, state, { party, dataset })).toEqual({ allow: true, grant: 'owner', article: `D.${dataset}`, fields });
          expect(decideParty(a, state, { party, dataset, fields: [...asked].reverse() })).toMatchObject({
            allow: true,
            fields: fields.filter((f) => asked.includes(f)),
          });
        }
      }),
    );
  });

  test('a dataset is pulled only if the host owns it or holds an open grant on it', () => {
    const seen = new Set<boolean>();
    fc.assert(
      fc.property(
        situation,
        fc.constantFrom(...datasets, ...strangers),
        fc.option(fc.constantFrom(...modes), { nil: undefined }),
        ({ agreement: a, state }, dataset, mode) => {
          const pulled = decidePull(a, state, dataset, mode);
          expect(pulled.allow).toBe(reach(a, state, { party: a.host.party, dataset, ...(mode ? { mode } : {}) }) !== undefined);
          seen.add(pulled.allow);
        },
      ),
      runs,
    );
    expect(seen.size).toBe(2);
  });

  test('it is pure: what it is given stays as it was, and the same question has the same answer', () => {
    const deepFreeze = <T>(value: T): T => {
      if (typeof value === 'object' && value !== null && !Object.isFrozen(value))
        for (const part of Object.values(Object.freeze(value))) deepFreeze(part);
      return value;
    };
    fc.assert(
      fc.property(situation, request, ({ agreement: a, state }, asked) => {
        expect(decideParty(deepFreeze(a), deepFreeze(state), deepFreeze(asked))).toEqual(decideParty(a, state, { ...asked }));
      }),
    );
  });
});

import { decide, decideFindings, type PersonGrant, type Request, type Who } from '../../src/access/decide';
import type { AgreementState } from '../../src/agreements/life';
import { agreement2024 } from '../agreements/support/files';

/**
 * The whole matrix of the one decision over the signed agreement: party × role × dataset × purpose × case × scope × address × standing ×
 * own grant × quota × agreement state. What must come of each is written anew here, in the plainest words.
 */
const today = '2026-08-15';
const supplement = {
  'iskur-workers': [...(agreement2024.grants['iskur-workers']?.fields ?? [])],
  'iskur-children': [...(agreement2024.grants['iskur-children']?.fields ?? [])],
};
const own = { 'cgm-agents': [...(agreement2024.grants['cgm-agents']?.fields ?? [])] };
const states: Record<string, AgreementState> = {
  'in force': { status: 'in-force', missing: [], openGrants: own, consents: [] },
  'in force with the ek protokol': { status: 'in-notice', missing: [], openGrants: { ...own, ...supplement }, consents: [] },
  'not in force': { status: 'not-in-force', missing: ['Ek-2'], openGrants: {}, consents: [] },
  ended: { status: 'ended', missing: [], openGrants: {}, consents: [] },
};
const roleSets = [[], ['query'], ['statistics'], ['approver'], ['operator'], ['auditor'], ['personnel'], ['statistics', 'query']] as const;
const datasets = ['iskur.agents', 'emetip.workers', 'cts.children', 'joint.agents', 'no.such'];
const purposes = [undefined, 'schooling', 'own-business', 'curiosity'];
const provinces = [undefined, '01'];
const addresses = ['10.1.2.3', '192.0.2.9', '::ffff:10.1.2.3', 'not an address'];
const standings = {
  active: {},
  untrained: { trainedOn: undefined },
  'trained from tomorrow': { trainedOn: '2026-08-16' },
  'without the newest undertaking': { undertaking: 1 },
  'not yet': { validFrom: '2026-08-16' },
  expired: { validUntil: '2026-08-14' },
  removed: { removed: true },
} as const;
const grants: Record<string, PersonGrant[]> = {
  none: [],
  // One on another dataset is none.
  'over since yesterday': [
    { dataset: 'cts.children', from: '2026-01-01', until: '2026-08-14' },
    { dataset: 'emetip.workers', from: '2026-01-01', until: '2027-01-01' },
  ],
  'ends today': [{ dataset: 'cts.children', from: '2026-01-01', until: '2026-08-15' }],
};
const actions = ['datasets', 'snapshots', 'runs', 'records', 'record', 'changes', 'export', 'lookup', 'audit'] as const;
const reading = ['records', 'record', 'changes', 'export', 'lookup'];
const may: Record<string, readonly string[]> = {
  query: ['datasets', 'snapshots', 'runs', ...reading],
  statistics: ['datasets', 'snapshots', 'records', 'changes', 'export'],
  approver: ['datasets', 'snapshots'],
  operator: ['datasets', 'snapshots', 'runs'],
  auditor: ['datasets', 'audit'],
  personnel: ['datasets'],
};
const exhausted = { scope: 'party', what: 'records', limit: 5, used: 5, remaining: 0, renewsAt: new Date('2026-08-15T21:00:00Z') } as const;

interface Case {
  party: string;
  roles: readonly string[];
  dataset: string;
  action: (typeof actions)[number];
  purpose: string | undefined;
  case: string | undefined;
  province: string | undefined;
  address: string;
  /** The person’s own list of addresses. */
  own: string[];
  certificate: 'own' | 'none' | 'foreign' | 'none, and none registered';
  standing: keyof typeof standings;
  grant: string;
  full: boolean;
  state: string;
}

const usual: Case = {
  party: 'cgm',
  roles: ['query'],
  dataset: 'emetip.workers',
  action: 'records',
  purpose: 'schooling',
  case: '2026/1',
  province: undefined,
  address: '10.1.2.3',
  own: [],
  certificate: 'own',
  standing: 'active',
  grant: 'ends today',
  full: false,
  state: 'in force',
};

function asked(c: Case): { who: Who; request: Request } {
  const who: Who = {
    person: {
      id: 7,
      party: c.party,
      unit: 'merkez',
      roles: c.roles as never,
      addresses: c.own,
      validFrom: '2026-01-01',
      trainedOn: '2026-02-01',
      undertaking: 2,
      removed: false,
      ...(c.province ? { province: c.province } : {}),
      ...(standings[c.standing] as object),
    },
    undertaking: 2,
    grants: grants[c.grant] as PersonGrant[],
    certified: c.certificate !== 'none, and none registered',
    addresses: [{ cidr: '10.0.0.0/8' }],
  };
  const request: Request = {
    action: c.action,
    dataset: c.dataset,
    purpose: c.purpose,
    case: c.case,
    address: c.address,
    certificate: c.certificate === 'none, and none registered' ? 'none' : c.certificate,
    today,
    ...(c.full ? { exhausted } : {}),
  };
  return { who, request };
}

function decided(c: Case) {
  const { who, request } = asked(c);
  return decide(agreement2024, states[c.state] as AgreementState, who, request);
}

/** Which fields leave, in the protocol's own words; undefined: none. */
function open(c: Case): string[] | undefined {
  const inForce = c.state.startsWith('in force');
  const standsWell = c.standing === 'active';
  const fromHere = c.address.includes('10.1.2.3');
  const allowed = c.roles.some((role) => may[role]?.includes(c.action));
  const dataset = agreement2024.datasets[c.dataset];
  if (c.certificate === 'none' || c.certificate === 'foreign') return undefined;
  if (!inForce || !standsWell || !fromHere || !allowed || !dataset) return undefined;
  const reads = reading.includes(c.action);
  if (reads && (c.purpose === undefined || c.case === undefined || c.full)) return undefined;
  if (c.purpose !== undefined && !['schooling', 'own-business'].includes(c.purpose)) return undefined;
  // A child's record: by name, with an end.
  if (c.dataset === 'cts.children' && c.grant !== 'ends today') return undefined;
  // No province stands in the register of intermediaries, nor in what is made of it.
  if (reads && c.province && !['emetip.workers', 'cts.children'].includes(c.dataset)) return undefined;
  const grant = Object.entries(agreement2024.grants).find(([, g]) => g.party === c.party && g.dataset === c.dataset);
  const granted = grant ? (states[c.state]?.openGrants[grant[0]] as string[] | undefined) : undefined;
  const mine = dataset.owner === c.party;
  if (!dataset.derived && !mine && !granted) return undefined;
  if (c.purpose !== undefined && !mine && grant && !grant[1].purposes.includes(c.purpose)) return undefined;
  if (dataset.derived) return c.party === 'iskur' && !c.state.includes('ek protokol') ? undefined : ['*'];
  const seesAll = c.roles.some((role) => role !== 'statistics' && may[role]?.includes(c.action));
  return Object.keys(dataset.fields).filter(
    (name) => (mine || granted?.includes(name)) && (seesAll || dataset.fields[name]?.sensitivity === 'open'),
  );
}

/** Whether the decision is as it must be, also in its scope, and a refusal names its article. */
function isAsWritten(c: Case): boolean {
  const decision = decided(c);
  const fields = open(c);
  if (!decision.allow) return fields === undefined && decision.article !== '';
  if (!fields || (fields[0] !== '*' && [...decision.fields].sort().join() !== [...fields].sort().join())) return false;
  const scope = reading.includes(c.action) && c.province ? agreement2024.datasets[c.dataset]?.scope?.province : undefined;
  return decision.scope?.field === scope && (scope === undefined || decision.scope?.province === c.province);
}

test('the whole matrix', () => {
  let [allowed, refused] = [0, 0];
  const wrong: Case[] = [];
  for (const party of ['cgm', 'iskur'])
    for (const roles of roleSets)
      for (const dataset of datasets)
        for (const action of actions)
          for (const purpose of purposes)
            for (const province of provinces)
              for (const address of addresses)
                for (const grant of Object.keys(grants))
                  for (const state of Object.keys(states)) {
                    const c = { ...usual, party, roles, dataset, action, purpose, province, address, grant, state };
                    if (!isAsWritten(c)) wrong.push(c);
                    else if (open(c)) allowed += 1;
                    else refused += 1;
                  }
  expect(wrong.slice(0, 3)).toEqual([]);
  expect(allowed).toBeGreaterThan(500);
  expect(refused).toBeGreaterThan(10_000);
}, 120_000);

test('and beside it what does not hang together with the rest: standing, case and quota', () => {
  const wrong: Case[] = [];
  for (const party of ['cgm', 'iskur'])
    for (const roles of roleSets)
      for (const dataset of datasets)
        for (const action of actions)
          for (const standing of Object.keys(standings) as Case['standing'][])
            for (const certificate of ['own', 'none', 'foreign', 'none, and none registered'] as const)
              for (const stated of ['2026/1', undefined])
                for (const full of [true, false]) {
                  const c = {
                    ...usual,
                    party,
                    roles,
                    dataset,
                    action,
                    standing,
                    certificate,
                    case: stated,
                    full,
                    state: 'in force with the ek protokol',
                  };
                  if (!isAsWritten(c)) wrong.push(c);
                }
  expect(wrong.slice(0, 3)).toEqual([]);
});

/** One thing changed against what is allowed, and the code and article of the refusal. */
const refusals: [what: string, change: Partial<Case>, code: string, article: string][] = [
  ['an agreement that is not in force', { state: 'not in force' }, 'agreement-not-in-force', 'VII.1–2'],
  ['an agreement that has ended', { state: 'ended' }, 'agreement-not-in-force', 'VII.1–2'],
  ['a person without training', { standing: 'untrained' }, 'training-missing', 'V.D.1'],
  ['a person who has not accepted the newest undertaking', { standing: 'without the newest undertaking' }, 'undertaking-missing', 'Ek-2 9'],
  ['a person before the first day', { standing: 'not yet' }, 'not-authenticated', 'V.E.4'],
  ['a person after the last day', { standing: 'expired' }, 'not-authenticated', 'V.E.4'],
  ['a person who was removed', { standing: 'removed' }, 'not-authenticated', 'V.E.4'],
  ['an address that is not on the list', { address: '192.0.2.9' }, 'address-refused', 'V.Ç.6'],
  ['an address that is not on the person’s own list', { own: ['10.9.0.0/16'] }, 'address-refused', 'V.Ç.6'],
  ['a connection without the institution’s certificate', { certificate: 'none' }, 'certificate-required', 'policy'],
  ['a connection with another certificate', { certificate: 'foreign' }, 'certificate-refused', 'policy'],
  ['a role that does not allow it', { roles: ['operator'] }, 'role-refused', 'V.Ç.6'],
  ['no role', { roles: [] }, 'role-refused', 'V.Ç.6'],
  ['no purpose', { purpose: undefined }, 'purpose-missing', 'V.C.1, V.Ç.3'],
  ['a purpose that is none of the agreement', { purpose: 'curiosity' }, 'purpose-refused', 'V.C.1, V.Ç.3'],
  [
    'a purpose that the grant does not name',
    { party: 'iskur', dataset: 'cts.children', purpose: 'own-business', state: 'in force with the ek protokol' },
    'purpose-refused',
    'V.C.1',
  ],
  ['no case', { case: undefined }, 'case-missing', 'policy'],
  ['a dataset that nobody granted', { party: 'iskur' }, 'grant-closed', 'V.A.1, V.Ç.8'],
  ['a dataset that is none', { dataset: 'no.such' }, 'grant-closed', 'policy'],
  ['sensitive data without a grant of one’s own', { dataset: 'cts.children', grant: 'none' }, 'personal-grant-missing', 'policy'],
  ['a grant of one’s own that has ended', { dataset: 'cts.children', grant: 'over since yesterday' }, 'personal-grant-missing', 'policy'],
  ['provincial staff, and a dataset without provinces', { dataset: 'iskur.agents', province: '01' }, 'scope-refused', 'policy'],
  ['a quota that is used up', { full: true }, 'quota-exceeded', 'V.Ç.7'],
];

test('what each refusal is held against is allowed', () => {
  expect(decided(usual)).toMatchObject({ allow: true });
  expect(decided({ ...usual, dataset: 'cts.children' })).toMatchObject({ allow: true });
  expect(decided({ ...usual, dataset: 'iskur.agents' })).toMatchObject({ allow: true });
  expect(decided({ ...usual, party: 'iskur', dataset: 'cts.children', state: 'in force with the ek protokol' })).toMatchObject({
    allow: true,
  });
});

test.each(refusals)('refused, with its article: %s', (_what, change, code, article) => {
  expect(decided({ ...usual, ...change })).toMatchObject({ allow: false, code, article });
});

test('a mask closes personal fields to the role of statistics: asked for by name, and as a filter', () => {
  const decision = decided({ ...usual, roles: ['statistics'] });
  expect(decision).toMatchObject({ allow: true });
  const fields = decision.allow ? decision.fields : [];
  expect(fields).toContain('workProvince');
  for (const closed of ['nationalId', 'fullName', 'birthDate', 'phone', 'householdHeadId', 'agentId']) expect(fields).not.toContain(closed);
});

test('provincial staff read the rows of their province alone', () => {
  expect(decided({ ...usual, province: '01' })).toMatchObject({ allow: true, scope: { field: 'workProvince', province: '01' } });
});

test('findings want a person who may act, a purpose and a case, as records do; of the province alone', () => {
  const findings = (change: Partial<Case>) => {
    const { who, request } = asked({ ...usual, ...change });
    return decideFindings(agreement2024, states['in force'] as AgreementState, who, { ...request, action: 'findings' });
  };
  expect(findings({})).toMatchObject({ allow: true, rules: expect.arrayContaining(['agent-unlisted']) });
  expect(findings({ province: '01' })).toMatchObject({ allow: true, province: '01' });
  expect(findings({ roles: ['statistics'] })).toMatchObject({ allow: false, code: 'role-refused' });
  expect(findings({ standing: 'untrained' })).toMatchObject({ allow: false, code: 'training-missing' });
  expect(findings({ purpose: undefined })).toMatchObject({ allow: false, code: 'purpose-missing' });
  expect(findings({ purpose: 'curiosity' })).toMatchObject({ allow: false, code: 'purpose-refused' });
  expect(findings({ case: undefined })).toMatchObject({ allow: false, code: 'case-missing' });
});

test('a refusal says no more than it must: who was removed is told the same as who was never there', () => {
  const said = (standing: Case['standing']) => decided({ ...usual, standing });
  expect(said('removed')).toEqual(said('expired'));
  expect(said('removed')).toEqual(said('not yet'));
});

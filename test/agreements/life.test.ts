import type { AgreementEvent } from '../../src/agreements/events';
import type { Agreement } from '../../src/agreements/language';
import { type AgreementState, agreementState, applies } from '../../src/agreements/life';
import { agreement2024 as agreement } from './support/files';

const both = ['cgm', 'iskur'];
const signed = (on: string, agreedBy = both): AgreementEvent => ({ type: 'signed', on, agreedBy });
const annex = (on: string, id: string): AgreementEvent => ({ type: 'annex', on, annex: id });
const annexes = (on: string) => ['Ek-1', 'Ek-2', 'Ek-3'].map((id) => annex(on, id));
const notice = (on: string, by = 'iskur'): AgreementEvent => ({ type: 'notice', on, by });
const termination = (on: string): AgreementEvent => ({ type: 'termination', on, by: 'cgm', ground: 'duties not met' });
const mutualEnd = (on: string, agreedBy = both): AgreementEvent => ({ type: 'mutual-end', on, agreedBy });
const supplement = (on: string, grants: Record<string, string[]>, agreedBy = both, id = 'ek'): AgreementEvent => ({
  type: 'supplement',
  on,
  id,
  agreedBy,
  grants,
});
const supplementEnd = (on: string, id = 'ek'): AgreementEvent => ({ type: 'supplement-end', on, id });

/** Signed with its annexes on a day. */
const begun = (on: string) => [signed(on), ...annexes(on)];
const noon = (day: string) => new Date(`${day}T12:00:00+03:00`);
const at = (events: AgreementEvent[], day: string, of: Agreement = agreement) => agreementState(of, events, noon(day));
const short = ({ status, endsOn, reason }: AgreementState) => [status, endsOn, reason];
const ek1 = agreement.grants['cgm-agents']?.fields;

describe('coming into force', () => {
  test.each<[string, AgreementEvent[], string[]]>([
    ['nothing recorded', [], ['signature by all parties', 'Ek-1', 'Ek-2', 'Ek-3']],
    ['the annexes alone', annexes('2024-03-01'), ['signature by all parties']],
    ['signed by one party', [signed('2024-03-01', ['cgm']), ...annexes('2024-03-01')], ['signature by all parties']],
    [
      'signed by each, but never by both',
      [signed('2024-03-01', ['cgm']), signed('2024-03-01', ['iskur']), ...annexes('2024-03-01')],
      ['signature by all parties'],
    ],
    ['signed by one party twice', [signed('2024-03-01', ['cgm', 'cgm']), ...annexes('2024-03-01')], ['signature by all parties']],
    [
      'signed by a stranger too, but not by both',
      [signed('2024-03-01', ['cgm', 'aspb']), ...annexes('2024-03-01')],
      ['signature by all parties'],
    ],
    ['no annex', [signed('2024-03-01')], ['Ek-1', 'Ek-2', 'Ek-3']],
    ['without Ek-2', [signed('2024-03-01'), annex('2024-03-01', 'Ek-1'), annex('2024-03-01', 'Ek-3')], ['Ek-2']],
    ['Ek-2 three times', [signed('2024-03-01'), ...Array.from({ length: 3 }, () => annex('2024-03-01', 'Ek-2'))], ['Ek-1', 'Ek-3']],
    [
      'an annex that comes later',
      [signed('2024-03-01'), annex('2024-03-01', 'Ek-1'), annex('2024-03-01', 'Ek-2'), annex('2024-05-01', 'Ek-3')],
      ['Ek-3'],
    ],
  ])('%s: not in force, and what is missing is named', (_what, events, missing) => {
    const state = at(events, '2024-04-01');
    expect(state.status).toBe('not-in-force');
    expect(state.missing).toEqual(missing);
    expect(state.openGrants).toEqual({});
    expect(applies(state)).toBe(false);
  });

  test('signed by all, all annexes recorded: in force, with exactly Ek-1 open', () => {
    const state = at(begun('2024-03-01'), '2024-03-01');
    expect(state).toEqual({
      status: 'in-force',
      missing: [],
      consents: [],
      signedOn: '2024-03-01',
      endsOn: '2025-03-01',
      reason: 'renews',
      openGrants: { 'cgm-agents': ek1 },
    });
    expect(applies(state)).toBe(true);
  });

  test('it begins with the last annex, while the term runs from the signing', () => {
    const events = [signed('2024-03-01'), annex('2024-02-01', 'Ek-1'), annex('2024-03-01', 'Ek-2'), annex('2024-06-15', 'Ek-3')];
    expect(short(at(events, '2024-06-14'))).toEqual(['not-in-force', '2025-03-01', undefined]);
    expect(short(at(events, '2024-06-15'))).toEqual(['in-force', '2025-03-01', 'renews']);
  });

  test('a further signature by one party alone changes nothing', () => {
    const state = at([...begun('2024-03-01'), signed('2024-09-01', ['iskur'])], '2024-10-01');
    expect([state.status, state.signedOn]).toEqual(['in-force', '2024-03-01']);
  });
});

describe('the term', () => {
  test.each([
    // A year from the signing, renewed year by year (VII.1–2).
    ['2024-03-01', '2025-02-28', '2025-03-01'],
    ['2024-03-01', '2025-03-01', '2026-03-01'],
    ['2024-03-01', '2031-07-01', '2032-03-01'],
    // Signed on 29 February: the last of February, and the 29th again in a leap year.
    ['2024-02-29', '2025-02-27', '2025-02-28'],
    ['2024-02-29', '2025-02-28', '2026-02-28'],
    ['2024-02-29', '2027-02-27', '2027-02-28'],
    ['2024-02-29', '2027-02-28', '2028-02-29'],
    ['2024-02-29', '2028-02-28', '2028-02-29'],
    ['2024-02-29', '2028-02-29', '2029-02-28'],
    ['2024-12-31', '2025-12-31', '2026-12-31'],
  ])('signed on %s: on %s its term runs to %s', (on, today, endsOn) => {
    expect(short(at(begun(on), today))).toEqual(['in-force', endsOn, 'renews']);
  });

  const fixed: Agreement = { ...agreement, term: { ...agreement.term, renews: false, years: 3 } };
  test.each([
    ['2027-02-28', ['in-force', '2027-03-01', 'term']],
    ['2027-03-01', ['ended', '2027-03-01', 'term']],
    ['2040-01-01', ['ended', '2027-03-01', 'term']],
  ])('one that does not renew: on %s %j', (today, expected) => expect(short(at(begun('2024-03-01'), today, fixed))).toEqual(expected));
});

describe('notice', () => {
  test.each([
    // At least a month before the end of 1 March 2025: the last day is 1 February.
    ['2024-03-01', '2025-01-10', '2025-02-20', ['in-notice', '2025-03-01', 'notice']],
    ['2024-03-01', '2025-02-01', '2025-02-01', ['in-notice', '2025-03-01', 'notice']],
    ['2024-03-01', '2025-02-01', '2025-01-31', ['in-force', '2025-03-01', 'renews']],
    ['2024-03-01', '2025-02-01', '2025-02-28', ['in-notice', '2025-03-01', 'notice']],
    ['2024-03-01', '2025-02-01', '2025-03-01', ['ended', '2025-03-01', 'notice']],
    ['2024-03-01', '2025-02-01', '2030-01-01', ['ended', '2025-03-01', 'notice']],
    ['2024-03-01', '2024-03-01', '2024-03-01', ['in-notice', '2025-03-01', 'notice']],
    // A day late: the term is renewed, and the notice ends the next one.
    ['2024-03-01', '2025-02-02', '2025-02-20', ['in-force', '2025-03-01', 'renews']],
    ['2024-03-01', '2025-02-02', '2025-03-01', ['in-notice', '2026-03-01', 'notice']],
    ['2024-03-01', '2025-02-02', '2026-02-28', ['in-notice', '2026-03-01', 'notice']],
    ['2024-03-01', '2025-02-02', '2026-03-01', ['ended', '2026-03-01', 'notice']],
    // In a later term.
    ['2024-03-01', '2027-02-01', '2027-02-01', ['in-notice', '2027-03-01', 'notice']],
    ['2024-03-01', '2027-02-02', '2027-02-02', ['in-force', '2027-03-01', 'renews']],
    // 29 February, and a month before the 31st.
    ['2024-02-29', '2025-01-28', '2025-01-28', ['in-notice', '2025-02-28', 'notice']],
    ['2024-02-29', '2025-01-29', '2025-01-29', ['in-force', '2025-02-28', 'renews']],
    ['2024-02-29', '2028-01-29', '2028-01-29', ['in-notice', '2028-02-29', 'notice']],
    ['2024-03-31', '2025-02-28', '2025-02-28', ['in-notice', '2025-03-31', 'notice']],
    ['2024-03-31', '2025-03-01', '2025-03-01', ['in-force', '2025-03-31', 'renews']],
  ])('signed %s, notice %s, on %s: %j', (on, given, today, expected) => {
    expect(short(at([...begun(on), notice(given)], today))).toEqual(expected);
  });

  test('in notice it still applies, with the same grants', () => {
    const state = at([...begun('2024-03-01'), notice('2024-08-01')], '2025-02-28');
    expect(applies(state)).toBe(true);
    expect(state.openGrants).toEqual({ 'cgm-agents': ek1 });
  });

  test('in notice, but an annex is missing: not in force', () => {
    expect(at([signed('2024-03-01'), notice('2024-08-01')], '2024-09-01').status).toBe('not-in-force');
  });
});

describe('an early end', () => {
  test.each<[string, AgreementEvent[], string, unknown[]]>([
    ['terminated, the day before', [termination('2024-09-15')], '2024-09-14', ['in-force', '2025-03-01', 'renews']],
    ['terminated, on the day', [termination('2024-09-15')], '2024-09-15', ['ended', '2024-09-15', 'termination']],
    ['terminated, years later', [termination('2024-09-15')], '2029-01-01', ['ended', '2024-09-15', 'termination']],
    ['terminated in a later term', [termination('2027-09-15')], '2027-09-15', ['ended', '2027-09-15', 'termination']],
    ['ended by both', [mutualEnd('2024-09-15')], '2024-09-15', ['ended', '2024-09-15', 'mutual-end']],
    ['one party alone wants the end', [mutualEnd('2024-09-15', ['iskur'])], '2024-09-16', ['in-force', '2025-03-01', 'renews']],
    ['the earlier of two ends', [mutualEnd('2024-11-01'), termination('2024-09-15')], '2024-12-01', ['ended', '2024-09-15', 'termination']],
    ['terminated while in notice', [notice('2024-08-01'), termination('2024-12-01')], '2024-12-01', ['ended', '2024-12-01', 'termination']],
    ['terminated after it had ended', [notice('2024-08-01'), termination('2025-06-01')], '2025-07-01', ['ended', '2025-03-01', 'notice']],
    [
      'terminated on the day on which the notice ends it',
      [notice('2024-08-01'), termination('2025-03-01')],
      '2025-03-01',
      ['ended', '2025-03-01', 'termination'],
    ],
    ['notice after it had ended', [termination('2024-09-15'), notice('2024-12-01')], '2025-02-01', ['ended', '2024-09-15', 'termination']],
    [
      'an annex after the end',
      [termination('2024-09-15'), annex('2024-10-01', 'Ek-1')],
      '2024-10-01',
      ['ended', '2024-09-15', 'termination'],
    ],
    ['terminated on the day of signing', [termination('2024-03-01')], '2024-03-01', ['ended', '2024-03-01', 'termination']],
  ])('%s', (_what, more, today, expected) => {
    const state = at([...begun('2024-03-01'), ...more], today);
    expect(short(state)).toEqual(expected);
    if (state.status === 'ended') expect([state.openGrants, applies(state)]).toEqual([{}, false]);
  });
});

describe('an ek protokol', () => {
  const open = (events: AgreementEvent[], day: string) => at([...begun('2024-03-01'), ...events], day).openGrants;
  const some = { 'iskur-workers': ['workProvince', 'fullName'] };

  test('nothing of the reverse direction is open without one', () => expect(open([], '2024-06-01')).toEqual({ 'cgm-agents': ek1 }));

  test('agreed by one party only it opens nothing', () => {
    for (const party of both) expect(open([supplement('2024-05-01', some, [party])], '2024-06-01')).toEqual({ 'cgm-agents': ek1 });
    expect(
      open(
        both.map((party) => supplement('2024-05-01', some, [party])),
        '2024-06-01',
      ),
    ).toEqual({ 'cgm-agents': ek1 });
  });

  test('agreed by both it opens the fields that it lists, in the grant’s order, and no others', () => {
    expect(open([supplement('2024-05-01', some)], '2024-06-01')).toEqual({
      'cgm-agents': ek1,
      'iskur-workers': ['fullName', 'workProvince'],
    });
  });

  test('what the agreement does not grant it cannot open', () => {
    const wide = {
      'iskur-workers': ['fullName', 'birthDate', 'phone'],
      'iskur-children': ['supportGiven'],
      'cgm-agents': ['nationalId'],
      nobody: ['fullName'],
    };
    expect(open([supplement('2024-05-01', wide)], '2024-06-01')).toEqual({ 'cgm-agents': ek1, 'iskur-workers': ['fullName'] });
  });

  test('two of them open together what either lists; the end of one leaves the other', () => {
    const events = [
      supplement('2024-05-01', some, both, 'a'),
      supplement('2024-05-02', { 'iskur-workers': ['season'], 'iskur-children': ['sector'] }, both, 'b'),
    ];
    expect(open(events, '2024-06-01')).toEqual({
      'cgm-agents': ek1,
      'iskur-workers': ['fullName', 'workProvince', 'season'],
      'iskur-children': ['sector'],
    });
    expect(open([...events, supplementEnd('2024-05-20', 'a')], '2024-06-01')).toEqual({
      'cgm-agents': ek1,
      'iskur-workers': ['season'],
      'iskur-children': ['sector'],
    });
    expect(open([...events, supplementEnd('2024-05-20', 'c')], '2024-06-01')).toEqual(open(events, '2024-06-01'));
  });

  test.each([
    ['2024-04-30', false],
    ['2024-05-01', true],
    ['2024-07-31', true],
    ['2024-08-01', false],
    ['2024-08-31', false],
    // Agreed anew.
    ['2024-09-01', true],
    // The agreement is renewed on the same terms, and with it the ek protokol.
    ['2025-03-01', true],
    ['2026-01-01', true],
  ])('from 1 May, ended on 1 August, agreed anew on 1 September: on %s open is %s', (day, isOpen) => {
    const events = [supplement('2024-05-01', some), supplementEnd('2024-08-01'), supplement('2024-09-01', some)];
    expect('iskur-workers' in open(events, day)).toBe(isOpen);
  });

  test('ended and agreed anew with fewer fields, it is narrower', () => {
    const events = [supplement('2024-05-01', some), supplementEnd('2024-08-01'), supplement('2024-08-01', { 'iskur-workers': ['season'] })];
    expect(open(events, '2024-08-01')['iskur-workers']).toEqual(['season']);
  });

  test('it ends with the agreement', () => {
    const events = [supplement('2024-05-01', some), notice('2024-06-01')];
    expect(open(events, '2025-02-28')).toHaveProperty('iskur-workers');
    expect(open(events, '2025-03-01')).toEqual({});
  });

  test('it may be recorded before the signing of the same day, but not agreed before it', () => {
    expect(at([supplement('2024-03-01', some), ...begun('2024-03-01')], '2024-03-01').openGrants).toHaveProperty('iskur-workers');
    expect(at([supplement('2024-02-29', some), ...begun('2024-03-01')], '2024-03-01').openGrants).toEqual({ 'cgm-agents': ek1 });
  });
});

describe('signed anew', () => {
  const old = [
    ...begun('2024-03-01'),
    supplement('2024-05-01', { 'iskur-workers': ['season'] }),
    notice('2024-10-01'),
    termination('2024-12-01'),
  ];

  test.each<[string, AgreementEvent[], string, unknown[]]>([
    ['before', [], '2025-05-31', ['ended', '2024-12-01', 'termination']],
    ['on the day', [], '2025-06-01', ['in-force', '2026-06-01', 'renews']],
    ['years later', [], '2028-01-01', ['in-force', '2028-06-01', 'renews']],
    ['a notice of its own', [notice('2026-04-01')], '2026-04-01', ['in-notice', '2026-06-01', 'notice']],
    ['an end of its own', [mutualEnd('2025-08-01')], '2025-08-01', ['ended', '2025-08-01', 'mutual-end']],
  ])('the end, the notice and the term of the old life are gone: %s', (_what, more, today, expected) => {
    expect(short(at([...old, signed('2025-06-01'), ...more], today))).toEqual(expected);
  });

  test('annexes stay recorded, the ek protokol does not', () => {
    const state = at([...old, signed('2025-06-01')], '2025-06-01');
    expect(state).toMatchObject({ missing: [], signedOn: '2025-06-01', openGrants: { 'cgm-agents': ek1 } });
    expect(state.openGrants).not.toHaveProperty('iskur-workers');
    const anew = at([...old, signed('2025-06-01'), supplement('2025-06-01', { 'iskur-workers': ['season'] })], '2025-06-01');
    expect(anew.openGrants['iskur-workers']).toEqual(['season']);
  });

  test('an end recorded before the new signing of the same day belongs to the old life, one after it to the new', () => {
    const base = begun('2024-03-01');
    expect(short(at([...base, mutualEnd('2024-09-01'), signed('2024-09-01')], '2024-09-01'))).toEqual(['in-force', '2025-09-01', 'renews']);
    expect(short(at([...base, signed('2024-09-01'), mutualEnd('2024-09-01')], '2024-09-01'))).toEqual([
      'ended',
      '2024-09-01',
      'mutual-end',
    ]);
  });

  test('while it is in force too: the term begins anew', () => {
    expect(short(at([...begun('2024-03-01'), notice('2024-06-01'), signed('2024-09-01')], '2024-10-01'))).toEqual([
      'in-force',
      '2025-09-01',
      'renews',
    ]);
  });

  test('by one party alone: the end stays', () => {
    expect(at([...old, signed('2025-06-01', ['cgm'])], '2025-07-01')).toMatchObject({
      status: 'ended',
      endsOn: '2024-12-01',
      signedOn: '2024-03-01',
    });
  });
});

describe('the clock', () => {
  test('days begin at midnight in Istanbul', () => {
    const events = [...begun('2024-03-01'), termination('2024-09-15'), signed('2025-06-01'), notice('2025-07-01')];
    const status = (instant: string) => agreementState(agreement, events, new Date(instant)).status;
    expect([status('2024-02-29T20:59:59.999Z'), status('2024-02-29T21:00:00.000Z')]).toEqual(['not-in-force', 'in-force']);
    expect([status('2024-09-14T20:59:59.999Z'), status('2024-09-14T21:00:00.000Z')]).toEqual(['in-force', 'ended']);
    expect([status('2025-05-31T20:59:59.999Z'), status('2025-05-31T21:00:00.000Z')]).toEqual(['ended', 'in-force']);
    expect([status('2025-06-30T20:59:59.999Z'), status('2025-06-30T21:00:00.000Z')]).toEqual(['in-force', 'in-notice']);
    expect([status('2026-05-31T20:59:59.999Z'), status('2026-05-31T21:00:00.000Z')]).toEqual(['in-notice', 'ended']);
  });

  test('what is dated in the future has no effect yet', () => {
    const now = begun('2024-03-01');
    const later = [
      supplement('2024-07-01', { 'iskur-workers': ['season'] }),
      notice('2024-08-01'),
      mutualEnd('2024-09-01'),
      signed('2024-10-01'),
    ];
    expect(at([...now, ...later], '2024-06-30')).toEqual(at(now, '2024-06-30'));
    expect(at([...begun('2024-03-02')], '2024-03-01')).toMatchObject({
      status: 'not-in-force',
      missing: ['signature by all parties', 'Ek-1', 'Ek-2', 'Ek-3'],
    });
  });
});

test('consents go with the life in which they were given (VII.1)', () => {
  const given = (grantedOn: string) => ({
    ...{ number: 1, owner: 'iskur', beneficiary: 'cgm', dataset: 'iskur.agents', statistic: 'agents-by-status' },
    ...{ grantedOn, until: '2099-12-31' },
  });
  const inForce = (events: AgreementEvent[], grantedOn: string) =>
    agreementState(agreement, events, noon('2025-06-01'), [given(grantedOn)]).consents.length;
  const first = begun('2024-03-01');
  expect(inForce(first, '2024-03-01')).toBe(1);
  expect(inForce([...first, termination('2025-01-01')], '2024-03-01')).toBe(0);
  const anew = [...first, termination('2025-01-01'), signed('2025-02-01')];
  expect([inForce(anew, '2024-12-31'), inForce(anew, '2025-02-01')]).toEqual([0, 1]);
});

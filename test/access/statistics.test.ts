import { decideStatistic, decideStatisticUse } from '../../src/access/statistics';
import type { AgreementState } from '../../src/agreements/life';
import type { Statistic } from '../../src/agreements/statistics';
import { agreement2024 } from '../agreements/support/files';
import { askerOf } from '../support/asker';

const { grants, statistics } = agreement2024;
const open = (id: string, but: string[] = []) => (grants[id]?.fields ?? []).filter((field) => !but.includes(field));
const state = (openGrants: Record<string, string[]>): AgreementState => ({ status: 'in-force', missing: [], openGrants, consents: [] });
const own = { 'cgm-agents': open('cgm-agents') };
const all = { ...own, 'iskur-workers': open('iskur-workers'), 'iskur-children': open('iskur-children') };
const of = (id: string) => statistics[id] as Statistic;
const ids = Object.keys(statistics);

const use = (party: string, id: string, at: AgreementState, { person = {}, ...changes }: Record<string, any> = {}) => {
  const { who, certificate, address, ...asked } = askerOf(party, changes, { roles: ['statistics'], ...person });
  const request = { action: 'statistic' as const, certificate, address, today: '2026-11-30', purpose: asked.purpose, case: asked.case };
  return decideStatisticUse(agreement2024, at, who, of(id), request);
};
const code = (decision: { allow: boolean; code?: string }) => (decision.allow ? 'allowed' : decision.code);

describe('who may count what', () => {
  test('a statistic needs every field that it is counted by, a purpose, and rows that the province may see', () => {
    // With the ek protokol the other party may count by what it opens, and by nothing else.
    const allowed = ids.filter((id) => decideStatistic(agreement2024, state(all), 'iskur', of(id)).allow);
    expect(allowed).toEqual([
      ...['workers-by-province-month', 'workers-by-home-province-role', 'agents-by-status', 'agents-by-status-province'],
      ...['agent-workers-by-status', 'children-by-sector-age-schooling', 'children-by-province-age-sector'],
    ]);
    expect(ids.filter((id) => decideStatistic(agreement2024, state(own), 'iskur', of(id)).allow)).toEqual(['agents-by-status']);
    const without = state({ ...all, 'iskur-workers': open('iskur-workers', ['workStartDate']) });
    expect(code(decideStatistic(agreement2024, without, 'iskur', of('workers-by-province-month')))).toBe('grant-closed');
    // What is derived is counted only by whoever may see what goes into it.
    const unnamed = state({ ...all, 'iskur-workers': open('iskur-workers', ['agentId']) });
    expect(code(decideStatistic(agreement2024, unnamed, 'iskur', of('agents-by-status-province')))).toBe('grant-closed');

    expect(code(use('cgm', 'workers-by-province-month', state(own)))).toBe('allowed');
    expect(code(use('cgm', 'workers-by-province-month', state(own), { purpose: undefined }))).toBe('purpose-missing');
    expect(code(use('cgm', 'workers-by-province-month', state(own), { purpose: 'marketing' }))).toBe('purpose-refused');
    expect(code(use('cgm', 'workers-by-province-month', state(own), { case: undefined }))).toBe('case-missing');
    expect(code(use('cgm', 'workers-by-province-month', state(own), { person: { roles: ['auditor'] } }))).toBe('role-refused');
    const adana = { person: { province: '01' } };
    expect(use('cgm', 'workers-by-province-month', state(own), adana)).toMatchObject({
      allow: true,
      scope: { field: 'workProvince', province: '01' },
    });
    for (const id of ['agents-by-status', 'agents-by-status-province', 'findings-by-rule-province'])
      expect([id, code(use('cgm', id, state(own), adana))]).toEqual([id, 'scope-refused']);
  });

  test('an agreement that does not apply opens nothing, and neither does somebody’s missing own grant', () => {
    for (const id of ids)
      expect(code(decideStatistic(agreement2024, { ...state(all), status: 'ended' }, 'cgm', of(id)))).toBe('agreement-not-in-force');
    const asker = askerOf('cgm', {}, { roles: ['statistics'] });
    const request = {
      action: 'statistic' as const,
      certificate: 'none' as const,
      address: '127.0.0.1',
      today: '2026-11-30',
      purpose: 'schooling',
      case: 'T-1',
    };
    const decision = decideStatisticUse(
      agreement2024,
      state(own),
      { ...asker.who, grants: [] },
      of('children-by-sector-age-schooling'),
      request,
    );
    expect(code(decision)).toBe('personal-grant-missing');
  });
});

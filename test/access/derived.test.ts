import { decideParty } from '../../src/access/decide';
import { openRules } from '../../src/access/derived';
import type { AgreementState } from '../../src/agreements/life';
import { agreement2024 } from '../agreements/support/files';

const joint = 'joint.agents';
const { 'cgm-agents': agents, 'iskur-workers': workers, 'iskur-children': children } = agreement2024.grants;
const all = { 'iskur-workers': workers?.fields ?? [], 'iskur-children': children?.fields ?? [] };

/** The agreement in force with an ek protokol that opens these fields. */
const opened = (supplement: Record<string, readonly string[]>): AgreementState => ({
  status: 'in-force',
  missing: [],
  openGrants: { 'cgm-agents': agents?.fields ?? [], ...supplement },
  consents: [],
});
const without = (field: string) => opened({ ...all, 'iskur-workers': all['iskur-workers'].filter((f) => f !== field) });
const fieldsOf = (state: AgreementState) => {
  const decision = decideParty(agreement2024, state, { party: 'iskur', dataset: joint });
  return decision.allow ? decision.fields : decision.code;
};

test('a row of what is derived wants every field that makes it a row', () => {
  expect(fieldsOf(opened(all))).toContain('nationalId');
  expect(fieldsOf(without('agentId'))).toBe('grant-closed');
  expect(fieldsOf(opened({}))).toBe('grant-closed');
  expect(fieldsOf(opened({ 'iskur-workers': all['iskur-workers'] }))).toContain('workers');
});

test('a field of what is derived wants whatever is copied or counted into it', () => {
  expect(fieldsOf(opened(all))).toEqual(expect.arrayContaining(['workers', 'workersBySeason']));
  // Ages are counted from birth dates, which no grant of the workers has.
  expect(fieldsOf(opened(all))).not.toContain('children');
  expect(fieldsOf(without('workProvince'))).not.toContain('workersBySeason');
  expect(fieldsOf(without('memberRole'))).not.toContain('workers');
});

test('findings are open by rule: each field that the rule looks at', () => {
  const rules = (state: AgreementState, withheld: readonly string[] = []) =>
    openRules(agreement2024, state, { party: 'iskur', withheld }).sort();
  expect(rules(opened(all))).toEqual([
    'agent-foreign-number',
    'agent-unlisted',
    'count-differs',
    'count-unreported',
    'permit-lapsed',
    'permit-not-active',
  ]);
  expect(rules(without('season'))).not.toContain('count-differs');
  expect(rules(opened({}))).toEqual([]);
  expect(rules(opened(all), ['emetip.workers'])).toEqual([]);
});

import { decideDuty } from '../../src/access/duties';
import { agreement2024 as agreement } from '../agreements/support/files';
import { askerOf } from '../support/asker';

const request = { address: '127.0.0.1', certificate: 'own', today: '2026-11-22' } as const;
const decided = (party: string, role: 'approver' | 'auditor' | 'query', wish: Partial<Parameters<typeof decideDuty>[2]>) => {
  const { who } = askerOf(party, {}, { roles: [role] });
  const decision = decideDuty(agreement, who, { ...request, action: 'approve', ...wish });
  return decision.allow ? 'allowed' : [decision.code, decision.article];
};

test('what is the owner’s is for its approvers alone; what has no owner is nobody else’s', () => {
  const of = (party: string, dataset: string, role: 'approver' | 'query' = 'approver') =>
    decided(party, role, { dataset, reservedTo: 'owner' });
  expect([of('cgm', 'emetip.workers'), of('iskur', 'iskur.agents'), of('cgm', 'joint.agents')]).toEqual(Array(3).fill('allowed'));
  expect([of('iskur', 'emetip.workers'), of('cgm', 'iskur.agents'), of('iskur', 'joint.agents')]).toEqual(
    Array(3).fill(['quota-foreign', 'V.Ç.7']),
  );
  // The role is looked at first.
  expect(of('cgm', 'iskur.agents', 'query')).toEqual(['role-refused', 'V.Ç.6']);
  // That there is none, whoever looks for it says.
  expect([of('cgm', 'none'), of('cgm', '__proto__')]).toEqual(['allowed', 'allowed']);
});

test('what is the host’s is for its people alone', () => {
  const of = (party: string, reservedTo?: 'host') => decided(party, 'auditor', { action: 'audit', ...(reservedTo ? { reservedTo } : {}) });
  expect([of('cgm'), of('iskur'), of('cgm', 'host')]).toEqual(Array(3).fill('allowed'));
  expect(of('iskur', 'host')).toEqual(['not-authorised', 'policy']);
});

import { type Acting, actingPerson } from '../../src/publication/acting';
import { askConsent, decideConsent } from '../../src/publication/consents';
import { approvePublication } from '../../src/publication/publications/decide';
import { proposePublication } from '../../src/publication/publications/propose';
import { showPublication } from '../../src/publication/publications/view';
import type { TestBroker } from '../support/broker';
import { somebody } from '../support/people';

export const document = 'E-2026/1';
export const datasets = ['iskur.agents', 'emetip.workers', 'cts.children'];

/** Somebody of a party who publishes or approves. */
export async function actor(broker: TestBroker, party: string, role: 'statistics' | 'approver'): Promise<Acting> {
  const { id } = await somebody(broker.app.broker, party, { roles: [role] });
  return actingPerson(broker.app.publication, id, role === 'statistics' ? 'publish' : 'approve', 'test');
}

export interface Desk {
  propose(statistic: string, who?: Acting): Promise<number>;
  approve(number: number, who: Acting, named?: boolean): Promise<void>;
  /** Asked and granted: the number of the consent. */
  consent(dataset: string, statistic: string, days: { from?: string; until: string }): Promise<number>;
  publishers: Record<string, Acting>;
  approvers: Record<string, Acting>;
}

/** People of both parties, and what they do again and again. */
export async function desk(broker: TestBroker): Promise<Desk> {
  const { publication, agreement } = broker.app;
  const publishers = { cgm: await actor(broker, 'cgm', 'statistics'), iskur: await actor(broker, 'iskur', 'statistics') };
  const approvers = { cgm: await actor(broker, 'cgm', 'approver'), iskur: await actor(broker, 'iskur', 'approver') };
  return {
    publishers,
    approvers,
    propose: (statistic, who = publishers.cgm) => proposePublication(publication, { statistic, document }, who),
    approve: async (number, who, named) => {
      const { digest } = await showPublication(publication, number);
      await approvePublication(publication, number, { digest, document, named }, who);
    },
    consent: async (dataset, statistic, days) => {
      const owner = agreement.datasets[dataset]?.owner as 'cgm' | 'iskur';
      const asker = owner === 'cgm' ? publishers.iskur : publishers.cgm;
      const number = await askConsent(publication, { dataset, statistic, document }, asker);
      await decideConsent(publication, number, { what: 'grant', ...days, document }, approvers[owner]);
      return number;
    },
  };
}

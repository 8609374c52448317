import { type Role, roles } from '../../../../src/access/people/person';
import { type TestBroker, testBroker } from '../../../support/broker';
import { somebody } from '../../../support/people';
import { type Contract, contractOf } from '../contract';
import { type Answer, type Api, type Ask, servedApi } from '../support';

export interface Bearer {
  id: number;
  token: string;
}

/** A broker with a person of each party for each role. */
export interface Office {
  broker: TestBroker;
  api: Api;
  contract: Contract;
  person(party: string, role: Role): Bearer;
  /** Asks as one of them, and holds the answer against what the description promises. */
  ask(who: Bearer, operation: string, where: string, options?: Ask): Promise<Answer>;
}

export async function office(options: Parameters<typeof testBroker>[0] = {}): Promise<Office> {
  const broker = await testBroker({ agents: 20, workers: 40, children: 20, ...options });
  const api = await servedApi(broker);
  const contract = await contractOf(api);
  const people = new Map<string, Bearer>();
  for (const party of Object.keys(broker.app.agreement.parties))
    for (const role of roles) people.set(`${party} ${role}`, await somebody(broker.app.broker, party, { roles: [role] }));
  return {
    broker,
    api,
    contract,
    person: (party, role) => people.get(`${party} ${role}`) as Bearer,
    ask: async (who, operation, where, options = {}) => {
      const answer = await api.ask(where, { purpose: null, case: null, ...options, authorization: `Bearer ${who.token}` });
      contract.expectPromised(operation, answer);
      return answer;
    },
  };
}

/** Every person of the office, with party and role. */
export const everybody = (parties: readonly string[]) => parties.flatMap((party) => roles.map((role) => [party, role] as const));

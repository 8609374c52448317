import { type TestBroker, testBroker } from '../../../support/broker';
import { somebody } from '../../../support/people';
import { type Contract, contractOf } from '../contract';
import { type Answer, type Api, type Ask, servedApi } from '../support';

export const csvType = { 'content-type': 'text/csv' };
export const xlsxType = { 'content-type': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' };

export interface Somebody {
  id: number;
  token: string;
}

/** A broker with an administrator of each party; duties state no purpose and no case. */
export interface Duties {
  broker: TestBroker;
  api: Api;
  contract: Contract;
  administrators: { cgm: Somebody; iskur: Somebody };
  /** As who the token says. */
  ask(who: Somebody, where: string, options?: Ask): Promise<Answer>;
  /** The same of an answer that must be what the description promises for the operation. */
  done(operation: string, who: Somebody, where: string, options?: Ask): Promise<any>;
}

export async function duties(): Promise<Duties> {
  const broker = await testBroker({ agents: 10, workers: 10, children: 10, work: false });
  const api = await servedApi(broker);
  const contract = await contractOf(api);
  const administrator = (party: string) => somebody(broker.app.broker, party, { roles: ['personnel'] });
  const ask: Duties['ask'] = ({ token }, where, options = {}) =>
    api.ask(where, { purpose: null, case: null, authorization: `Bearer ${token}`, ...options });
  return {
    broker,
    api,
    contract,
    administrators: { cgm: await administrator('cgm'), iskur: await administrator('iskur') },
    ask,
    done: async (operation, who, where, options) => {
      const answer = await ask(who, where, options);
      expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 200 });
      contract.expectPromised(operation, answer);
      expect(answer.headers['cache-control']).toBe('no-store');
      return answer.json;
    },
  };
}

/** All that is logged, as one text; what must not stand there does not. */
export async function auditText({ broker }: Duties): Promise<string> {
  const { rows } = await broker.database.db.pool.query("select coalesce(string_agg(body, ' '), '') as text from audit_entry");
  return rows[0].text;
}

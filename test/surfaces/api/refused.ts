import type { TestBroker } from '../../support/broker';
import { type Answer, expectProblem } from './support';

/**
 * Expects that asking is refused with a problem document that holds nothing of what was sent, and leaves the broker as it was.
 */
export function refusedBy(broker: TestBroker) {
  return async (asking: Promise<Answer>, status: number, code: string, sent: string[] = []): Promise<Answer> => {
    const before = await stateOf(broker);
    const answer = await asking;
    expectProblem(answer, status, code);
    const headers = JSON.stringify(answer.headers);
    for (const text of sent) for (const place of [answer.text, headers]) expect(place).not.toContain(text);
    expect(await stateOf(broker)).toEqual(before);
    return answer;
  };
}

/** What a request must leave as it was. */
async function stateOf(broker: TestBroker): Promise<unknown> {
  const { rows } = await broker.database.db.pool.query(
    `select (select count(*) from record_version) as records, (select count(*) from snapshot) as snapshots, (select count(*) from run) as runs,
            (select count(*) from dataset) as datasets, (select count(*) from data_key) as keys, (select count(*) from person_token) as tokens,
            (select count(*) from agreement_event) as events, (select count(*) from audit_entry where kind = 'operation') as operations`,
  );
  return rows[0];
}

import { listIncidents } from '../../../src/operations/incidents/register';
import { type TestBroker, testBroker } from '../../support/broker';
import { until } from '../../support/until';

describe('reading beyond habit', () => {
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await testBroker({ agents: 10, workers: 10, children: 10, work: false });
  });
  afterAll(() => broker.close());

  test('the schedule looks at reading by itself', async () => {
    const { app } = broker;
    await app.broker.audit.append({
      ...{ at: new Date(), requestId: 'x', kind: 'access', party: 'iskur', person: 77, decision: 'allow' },
      ...{ action: 'export', dataset: 'emetip.workers', fields: ['season'], records: 1_000_000 },
    });
    await app.schedule();
    const found = await until(async () => {
      const incidents = await listIncidents(app.broker, { limit: 10 });
      return incidents.length > 0 && incidents;
    });
    expect(found).toMatchObject([{ kind: 'harvesting', person: 77, events: [{ by: 'schedule', detail: { reasons: ['bulk'] } }] }]);
  }, 30_000);
});

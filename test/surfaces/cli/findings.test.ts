import { muteFinding } from '../../../src/operations/findings';
import { reconcile } from '../../../src/operations/reconcile';
import { type TestBroker, testBroker } from '../../support/broker';
import { kopruOn } from './support';

const dayMillis = 24 * 3_600_000;

describe('kopru findings', () => {
  let broker: TestBroker;
  let now = new Date('2026-11-22T09:00:00Z');

  const kopru = kopruOn(() => broker.app);
  const list = async (...words: string[]) => JSON.parse((await kopru('findings', ...words, '--limit', '100000', '--json')).out) as any[];
  const counts = async (...words: string[]) => JSON.parse((await kopru('findings', ...words, '--json')).out) as any[];
  const sum = (rules: any[]) => rules.reduce((total, { open, closed }) => total + open + closed, 0);

  beforeAll(async () => {
    broker = await testBroker({ agents: 60, workers: 600, children: 200, clock: () => now });
    for (let day = 0; day < 2; day += 1) {
      if (day > 0) {
        now = new Date(now.getTime() + dayMillis);
        broker.standIns.simulator.world.nextDay();
      }
      for (const dataset of ['iskur.agents', 'emetip.workers', 'cts.children']) await broker.run(dataset);
      await reconcile(broker.app.broker);
    }
  });
  afterAll(() => broker.close());

  test('without words it counts; a filter lists, and --count counts what it would list', async () => {
    const rules = Object.keys(broker.app.agreement.rules);
    expect((await counts()).map((c) => c.rule)).toEqual(rules);
    const all = await list('--all');
    expect(sum(await counts())).toBe(all.length);
    for (const [words, wanted] of [
      [['--severity', 'high'], (f: any) => f.severity === 'high'],
      [['--severity', 'low,medium', '--rule', 'dummy-id'], (f: any) => f.rule === 'dummy-id'],
      [['--severity', 'high', '--rule', 'dummy-id'], () => false],
    ] as [string[], (f: any) => boolean][]) {
      expect(await list(...words)).toEqual(all.filter((f) => wanted(f) && f.status === 'open'));
      expect(await list(...words, '--status', 'closed')).toEqual(all.filter((f) => wanted(f) && f.status === 'closed'));
      expect(await list(...words, '--status', 'open,closed')).toEqual(all.filter(wanted));
      expect(sum(await counts(...words, '--count'))).toBe(all.filter(wanted).length);
    }
    expect((await counts('--severity', 'high', '--count')).map((c) => c.rule)).toEqual(
      rules.filter((rule) => broker.app.agreement.rules[rule]?.severity === 'high'),
    );
  });

  test('--since takes a day in Istanbul or an instant', async () => {
    const yesterday = await list('--since', '2026-11-22', '--status', 'open,closed');
    const today = await list('--since', '2026-11-23', '--status', 'open,closed');
    expect(yesterday).toEqual(await list('--all'));
    expect(today.length).toBeLessThan(yesterday.length);
    expect(today.length).toBeGreaterThan(0);
    expect(await list('--since', '2026-11-23T09:00:00Z', '--status', 'open,closed')).toEqual(today);
    expect(await list('--since', '2026-11-23T12:00:00.001+03:00', '--status', 'open,closed')).toEqual([]);
    expect(sum(await counts('--since', '2026-11-23', '--count'))).toBe(today.length);
  });

  test('muted ones are left out of list and counts unless --all', async () => {
    const [first] = await list('--severity', 'high');
    const before = [sum(await counts()), (await list('--severity', 'high')).length];
    await muteFinding(broker.app.broker, first.id, new Date(now.getTime() + 1), 'test');
    expect([sum(await counts()), (await list('--severity', 'high')).length]).toEqual(before.map((n) => n - 1));
    expect(sum(await counts('--all', '--count'))).toBe(before[0]);
    now = new Date(now.getTime() + 1);
    expect([sum(await counts()), (await list('--severity', 'high')).length]).toEqual(before);
  });

  test('words that it does not know are told in one sentence', async () => {
    for (const words of [
      ['--severity', 'urgent'],
      ['--severity', ''],
      ['--status', 'gone'],
      ['--since', 'yesterday'],
      ['--since', '2026-13-01'],
      ['--since', '2026-11-23 09:00'],
    ]) {
      const { code, err } = await kopru('findings', ...words);
      expect({ words, code, err }).toEqual({ words, code: 2, err: expect.stringMatching(/^kopru: --\w+ (takes|must be) .*\[usage\]\n$/) });
    }
  });

  test('the table fits the terminal; JSON is whole', async () => {
    const columns = Object.getOwnPropertyDescriptor(process.stdout, 'columns');
    Object.defineProperty(process.stdout, 'columns', { value: 80, configurable: true });
    try {
      for (const words of [['--all'], []]) {
        const { out } = await kopru('findings', ...words);
        expect(out.split('\n').length).toBeGreaterThan(10);
        expect(Math.max(...out.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(80);
      }
      expect((await list('--rule', 'count-differs'))[0].detail).toEqual(expect.any(Object));
    } finally {
      if (columns) Object.defineProperty(process.stdout, 'columns', columns);
      else Reflect.deleteProperty(process.stdout, 'columns');
    }
  });
});

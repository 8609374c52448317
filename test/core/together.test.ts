import { together } from '../../src/core/together';
import { until } from '../support/until';

/** A work whose batches wait until they are let go. */
function gated() {
  const batches: { items: readonly number[]; go(outcome?: readonly number[]): void; fail(error: Error): void }[] = [];
  const ask = together<number, number>(
    (items) =>
      new Promise((resolve, reject) => {
        batches.push({ items, go: (outcome = items.map((i) => i * 10)) => resolve(outcome), fail: reject });
      }),
    3,
  );
  return { batches, ask };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what comes in one turn goes together, and so does what comes meanwhile, a bounded number at a time, each with its own answer', async () => {
  const { batches, ask } = gated();
  const first = [1, 2].map(ask);
  expect(batches).toEqual([]);
  await turn();
  expect(batches.map((b) => b.items)).toEqual([[1, 2]]);
  const more = [3, 4, 5, 6].map(ask);
  await turn();
  expect(batches.map((b) => b.items)).toEqual([[1, 2]]);
  batches[0]?.go();
  await turn();
  expect(batches.map((b) => b.items)).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
  batches[1]?.go();
  await until(async () => batches.length === 3);
  batches[2]?.go();
  expect(await Promise.all([...first, ...more])).toEqual([10, 20, 30, 40, 50, 60]);
});

test('nobody is answered by work that began before it asked', async () => {
  const { batches, ask } = gated();
  const first = ask(1);
  await turn();
  const late = ask(1);
  batches[0]?.go([7]);
  expect(await first).toBe(7);
  await turn();
  batches[1]?.go([8]);
  expect(await late).toBe(8);
});

test('what fails, fails for those who asked together, and for nobody after', async () => {
  const { batches, ask } = gated();
  const first = ask(1);
  await turn();
  const second = [ask(2), ask(3)];
  batches[0]?.go();
  await turn();
  batches[1]?.fail(new Error('away'));
  expect(await first).toBe(10);
  for (const one of second) await expect(one).rejects.toThrow('away');
  const after = ask(4);
  await until(async () => batches.length === 3);
  batches[2]?.go();
  expect(await after).toBe(40);
});

test('after a crowd, few wait a moment for more; who asks beside few waits for nobody', async () => {
  const { batches, ask } = gated();
  const asked = [ask(0), ask(1), ask(2)];
  await turn();
  batches[0]?.go();
  await Promise.all(asked);
  const third = ask(3);
  await turn();
  expect(batches.length).toBe(1);
  const fourth = ask(4);
  await until(async () => batches.length === 2);
  expect(batches[1]?.items).toEqual([3, 4]);
  batches[1]?.go();
  expect(await Promise.all([third, fourth])).toEqual([30, 40]);
  const fifth = ask(5);
  await until(async () => batches.length === 3);
  batches[2]?.go();
  await fifth;
  // The last one was no crowd, so now nobody waits.
  void ask(6);
  await turn();
  expect(batches[3]?.items).toEqual([6]);
});

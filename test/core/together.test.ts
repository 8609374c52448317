import { together } from '../../src/core/together';

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
  await turn();
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
  await turn();
  batches[2]?.go();
  expect(await after).toBe(40);
});

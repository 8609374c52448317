import { createCourtesy } from '../../src/core/courtesy';

const started = async (turn: Promise<unknown>) => {
  let began = false;
  void turn.then(() => {
    began = true;
  });
  await new Promise(setImmediate);
  return began;
};

test('while nobody waits, every turn is given at once', async () => {
  const { turn } = createCourtesy(() => 0);
  expect(await Promise.all([started(turn()), started(turn()), started(turn())])).toEqual([true, true, true]);
});

test('while somebody waits, and for a moment after, one turn is given at a time, in order', async () => {
  let now = 0;
  const { begin, turn } = createCourtesy(() => now);
  const answered = begin();
  const first = await turn();
  const second = turn();
  const third = turn();
  expect([await started(second), await started(third)]).toEqual([false, false]);
  first();
  first();
  expect([await started(second), await started(third)]).toEqual([true, false]);
  answered();
  now = 299;
  (await second)();
  expect(await started(third)).toBe(true);
});

test('once the moment is over, all that were held go on', async () => {
  let now = 0;
  const { begin, turn } = createCourtesy(() => now);
  begin()();
  const first = await turn();
  const held = [turn(), turn()];
  now = 300;
  first();
  expect(await Promise.all(held.map(started))).toEqual([true, true]);
});

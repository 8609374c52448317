import { createCourtesy } from '../../src/core/courtesy';

const started = async (turn: Promise<unknown>) => {
  let began = false;
  void turn.then(() => {
    began = true;
  });
  await new Promise(setImmediate);
  return began;
};

function set() {
  const rests: { over: () => void; millis: number }[] = [];
  const at = { now: 0 };
  const courtesy = createCourtesy(
    () => at.now,
    (over, millis) => rests.push({ over, millis }),
  );
  return { ...courtesy, rests, at };
}

test('while nobody waits, every turn is given at once', async () => {
  const { turn, rests } = set();
  expect(await Promise.all([started(turn()), started(turn()), started(turn())])).toEqual([true, true, true]);
  (await turn())();
  expect(rests).toEqual([]);
});

test('while somebody waits, and for a moment after, one turn is given at a time, in order, each after a rest four times as long as the one before it', async () => {
  const { begin, turn, rests, at } = set();
  const answered = begin();
  const first = await turn();
  const second = turn();
  const third = turn();
  expect([await started(second), await started(third)]).toEqual([false, false]);
  at.now = 40;
  first();
  first();
  expect([await started(second), rests.map(({ millis }) => millis)]).toEqual([false, [160]]);
  rests.shift()?.over();
  expect([await started(second), await started(third)]).toEqual([true, false]);
  at.now = 50;
  answered();
  at.now = 349;
  (await second)();
  expect([await started(third), rests.map(({ millis }) => millis)]).toEqual([false, [1236]]);
  rests.shift()?.over();
  expect(await started(third)).toBe(true);
});

test('once the moment is over, all that were held go on, without a rest', async () => {
  const { begin, turn, rests, at } = set();
  begin()();
  const first = await turn();
  const held = [turn(), turn()];
  at.now = 300;
  first();
  expect(await Promise.all(held.map(started))).toEqual([true, true]);
  expect(rests).toEqual([]);
});

test('what rests when the moment is over holds up nobody who comes anew', async () => {
  const { begin, turn, rests, at } = set();
  begin()();
  (await turn())();
  expect(rests).toHaveLength(1);
  at.now = 300;
  expect(await started(turn())).toBe(true);
});

import { createLine } from '../../src/core/line';

/** Work that ends when it is told to. */
function works() {
  const running: { end(): void; fail(): void }[] = [];
  const begin = () => new Promise<string>((end, fail) => running.push({ end: () => end('done'), fail: () => fail(new Error('failed')) }));
  return { running, begin };
}
const settled = () => new Promise(setImmediate);

test('so many at once, the others in their order, and none beyond the line', async () => {
  const inLine = createLine(2, 3);
  const { running, begin } = works();
  const asked = [1, 2, 3, 4, 5].map(() => inLine(begin));
  await settled();
  expect(running).toHaveLength(2);
  await expect(inLine(begin)).rejects.toMatchObject({ code: 'busy' });
  running[0]?.end();
  await settled();
  expect(running).toHaveLength(3);
  // A place in the line is free again.
  const late = inLine(begin);
  for (let i = 1; i < 6; i += 1) {
    running[i]?.end();
    await settled();
  }
  expect(await Promise.all([...asked, late])).toEqual(Array(6).fill('done'));
});

test('what fails gives its place on', async () => {
  const inLine = createLine(1, 1);
  const { running, begin } = works();
  const [first, second] = [inLine(begin), inLine(begin)];
  await settled();
  running[0]?.fail();
  await expect(first).rejects.toThrow('failed');
  running[1]?.end();
  expect(await second).toBe('done');
  const third = inLine(begin);
  running[2]?.end();
  expect(await third).toBe('done');
});

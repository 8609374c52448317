import { countAttempt, forget, tidyFailures, waitAfter } from '../../../src/access/signIn/failures';
import { signInPolicy } from '../../../src/access/signIn/policy';
import { type TestDatabase, testDatabase } from '../../support/database';

const start = new Date('2026-11-22T09:00:00Z').getTime();
const at = (seconds: number) => new Date(start + seconds * 1000);
const name = (n: number) => new Uint8Array(16).fill(n);
const { named, network } = signInPolicy.failures;

let test_: TestDatabase;
beforeAll(async () => {
  test_ = await testDatabase();
});
afterAll(() => test_.drop());

test('after five failures waits double, from five seconds to a quarter of an hour', () => {
  const seconds = (failures: number) => waitAfter({ since: at(0), failures, lastAt: at(0) }, named, at(0)) / 1000;
  expect(Array.from({ length: 14 }, (_, i) => seconds(i))).toEqual([0, 0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 900]);
  expect(seconds(1000)).toBe(900);
});

test('a wait goes by, and a count is forgotten', () => {
  const wait = (now: Date) => waitAfter({ since: at(0), failures: 6, lastAt: at(100) }, named, now);
  expect([wait(at(100)), wait(at(109)), wait(at(110))]).toEqual([10_000, 1_000, 0]);
  const day = 86_400;
  const long = (now: Date) => waitAfter({ since: at(0), failures: 50, lastAt: at(day - 10) }, named, now);
  expect([long(at(day - 1)) > 0, long(at(day))]).toEqual([true, 0]);
});

test('attempts that have to wait are not counted; under another name and from another network nobody waits', async () => {
  const { db } = test_;
  const mine = { address: '192.0.2.1', named: name(1) };
  for (let i = 0; i < named.free; i += 1) expect(await countAttempt(db, mine, at(0))).toBe(0);
  for (let i = 0; i < 10; i += 1) expect(await countAttempt(db, mine, at(1))).toBe(4_000);
  expect(await countAttempt(db, { ...mine, named: name(2) }, at(1))).toBe(0);
  expect(await countAttempt(db, { ...mine, address: '192.0.2.2' }, at(1))).toBe(0);
  expect(await countAttempt(db, mine, at(5))).toBe(0);
  expect(await countAttempt(db, mine, at(5))).toBe(10_000);
  await forget(db, mine);
  expect(await countAttempt(db, mine, at(5))).toBe(0);
});

test('a network may fail twenty times under whatever names; an IPv6 one is a /64', async () => {
  const { db } = test_;
  const address = (n: number) => `2001:db8:1:2::${n.toString(16)}`;
  for (let i = 0; i < network.free; i += 1) expect(await countAttempt(db, { address: address(i + 1), named: name(i) }, at(0))).toBe(0);
  expect(await countAttempt(db, { address: address(99), named: name(99) }, at(0))).toBe(5_000);
  expect(await countAttempt(db, { address: '2001:db8:1:3::1', named: name(99) }, at(0))).toBe(0);
  // One success gives back one attempt, not the network's whole count.
  await forget(db, { address: address(1), named: name(1) });
  expect(await countAttempt(db, { address: address(99), named: name(99) }, at(0))).toBe(0);
  expect(await countAttempt(db, { address: address(99), named: name(98) }, at(0))).toBe(5_000);
  expect(await countAttempt(db, { address: address(99), named: name(98) }, at(3600))).toBe(0);
});

test('many at once are no way around', async () => {
  const { db } = test_;
  const mine = { address: '192.0.2.50', named: name(5) };
  const waits = await Promise.all(Array.from({ length: 12 }, () => countAttempt(db, mine, at(0))));
  expect(waits.filter((wait) => wait === 0)).toHaveLength(named.free);
});

test('what is forgotten is deleted', async () => {
  const { db } = test_;
  await countAttempt(db, { address: '192.0.2.60', named: name(6) }, at(86_000));
  await tidyFailures(db, at(90_001));
  const left = await db.prisma.signInFailure.findMany();
  expect(left.map((row) => row.network)).toEqual(['192.0.2.60', '192.0.2.60']);
});

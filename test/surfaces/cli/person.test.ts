import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { savePerson } from '../../../src/access/people/saving';
import { beginSession } from '../../../src/access/signIn/sessions';
import { entryOf, now, origin, type TestPeople, testPeople } from '../../access/people/support/people';
import { kopruOn } from './support';

let test_: TestPeople;
let folder: string;
let person: number;

const kopru = kopruOn(() => ({ broker: test_.broker }));
const json = async (...words: string[]) => JSON.parse((await kopru(...words, '--json')).out);

beforeAll(async () => {
  test_ = await testPeople();
  folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-person-'));
  const { db, keys } = test_.broker;
  person = (await savePerson(db, keys, { agreementId: 'a', party: 'cgm', entry: entryOf(1), origin })).id;
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await test_.database.drop();
});

test('a code is told once, or written to a new file that this user alone can read', async () => {
  const shown = await kopru('person', 'invite', String(person));
  expect([shown.code, shown.out]).toEqual([0, expect.stringMatching(/^([A-Z2-7]{4}-){5}[A-Z2-7]{4}\n$/)]);
  const file = path.join(folder, 'code');
  const kept = await kopru('person', 'invite', String(person), '--out', file);
  expect(kept.out).toContain(`is in ${file}, good until 25/11/2026`);
  expect(kept.out).not.toMatch(/[A-Z2-7]{4}-/);
  expect([statSync(file).mode & 0o777, readFileSync(file, 'utf8').trim().length]).toEqual([0o600, 29]);
  expect((await kopru('person', 'invite', String(person), '--out', file)).code).toBe(2);
  expect(await json('person', 'invite', String(person))).toEqual({
    person,
    expiresAt: '2026-11-25T09:00:00.000Z',
    code: expect.any(String),
  });
  expect((await kopru('person', 'invite', '999')).code).toBe(3);
});

test('sessions are listed without their tokens, ended ones when asked, and end by sign-out and reset', async () => {
  const { db } = test_.broker;
  const { token } = await beginSession(db, person, now);
  const list = await kopru('person', 'sessions');
  expect(list.out).toContain('22/11/2026');
  expect(list.out).not.toContain(token);
  expect(await json('person', 'sessions', '--person', String(person))).toEqual([
    {
      id: expect.any(Number),
      personId: person,
      createdAt: now.toISOString(),
      seenAt: now.toISOString(),
      idleEndsAt: '2026-11-22T09:15:00.000Z',
      endsAt: '2026-11-22T17:00:00.000Z',
      endedAt: null,
    },
  ]);
  expect((await kopru('person', 'sign-out', String(person))).out).toBe(`1 live sessions of person ${person} ended.\n`);
  expect(await json('person', 'sessions')).toEqual([]);
  expect(await json('person', 'sessions', '--all')).toHaveLength(1);
  await beginSession(db, person, now);
  expect(await json('person', 'reset', String(person))).toEqual({ person, sessionsEnded: 1 });
  expect(await json('person', 'sessions')).toEqual([]);
});

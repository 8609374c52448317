import { issuePersonToken } from '../../../src/access/people/tokens';
import { completeTckn } from '../../../src/core/nationalId';
import { removePersonnel } from '../../../src/operations/people/personnel';
import { recordUndertaking } from '../../../src/operations/people/undertakings';
import { invitePerson, resetPerson, sessions, signOutPerson, tidySignIns } from '../../../src/operations/signIn/administer';
import { logged } from '../../support/audit';
import { type TestBroker, testBroker } from '../../support/broker';
import { somebody } from '../../support/people';
import { codeAt, type Enrolled, enrolled, signIn } from '../../support/signIn';
import { type Answer, type Api, closeClean, expectProblem, loggedFor, servedApi } from '../../surfaces/api/support';
import { told } from './rows';

const acting = { by: 'test' };
const minute = 60_000;

describe('with password and one-time code', () => {
  let now = new Date('2026-11-23T06:00:00Z');
  let broker: TestBroker;
  let api: Api;
  let network = 0;

  beforeAll(async () => {
    broker = await testBroker({
      agents: 10,
      workers: 10,
      children: 10,
      work: false,
      clock: () => now,
      env: { TRUSTED_PROXIES: '127.0.0.1' },
    });
    api = await servedApi(broker);
  });
  afterAll(() => closeClean(broker));
  // Each test has a time of its own.
  beforeEach(() => {
    now = new Date(now.getTime() + 24 * 60 * minute);
  });

  const later = (millis: number) => {
    now = new Date(now.getTime() + millis);
  };
  /** An address that nobody came from before. */
  const elsewhere = () => {
    network += 1;
    return `198.51.100.${network}`;
  };
  const ask = (token: string, where = '/v1/datasets', method = 'GET') => api.ask(where, { authorization: `Bearer ${token}`, method });
  const statusOf = async (token: string) => (await ask(token)).status;
  /** A live session, some steps after whatever was used before. */
  const session = async (who: Enrolled) => {
    later(2 * minute);
    const answer = await signIn(api, who, now);
    expect([answer.status, answer.json.code]).toEqual([200, undefined]);
    return answer.json as { token: string; idleEndsAt: string; endsAt: string };
  };
  const refusal = 'not-authenticated';

  test('from the invitation to the session’s end, each step logged with the person’s number', async () => {
    const email = 'zzmark.ilk@ornek.example';
    const { id } = await somebody(broker.app.broker, 'cgm', { email });
    const { code, expiresAt } = await invitePerson(broker.app.broker, id, acting);
    expect(code).toMatch(/^([A-Z2-7]{4}-){5}[A-Z2-7]{4}$/);
    expect(expiresAt.getTime() - now.getTime()).toBe(72 * 60 * minute);
    const password = 'zzmark ilk gizli parola';

    const begun = await api.ask('/v1/sign-in/enrolment', { body: { code: code.toLowerCase().replaceAll('-', ' '), password } });
    expect(begun.status).toBe(200);
    const { secret, uri } = begun.json;
    expect(uri).toBe(`otpauth://totp/K%C3%B6pr%C3%BC:cgm-${id}?issuer=K%C3%B6pr%C3%BC&secret=${secret}&algorithm=SHA1&digits=6&period=30`);
    const who = { id, email, password, secret };
    expectProblem(await signIn(api, who, now), 401, refusal);

    const confirm = (totp: string) => api.ask('/v1/sign-in/enrolment/confirmation', { body: { code, totp } });
    expectProblem(await confirm(codeAt(secret, now, 5)), 401, refusal);
    const confirmed = await confirm(codeAt(secret, now));
    expect([confirmed.status, confirmed.json]).toEqual([200, { person: id }]);
    // The invitation is used up, and so is the code.
    expectProblem(await confirm(codeAt(secret, now, 1)), 401, refusal);
    expectProblem(await api.ask('/v1/sign-in/enrolment', { body: { code, password } }), 401, refusal);
    expectProblem(await signIn(api, who, now), 401, refusal);

    const { json, status, headers } = await signIn(api, who, now, { steps: 1, email: ` ${email.toUpperCase()} ` });
    expect([status, headers['cache-control'], Object.keys(json)]).toEqual([200, 'no-store', ['token', 'idleEndsAt', 'endsAt']]);
    expect(json.token).toMatch(/^kopru_[\w-]{43}$/);
    expect([json.idleEndsAt, json.endsAt].map((end) => (Date.parse(end) - now.getTime()) / minute)).toEqual([15, 480]);
    const read = await ask(json.token);
    expect([read.status, (await loggedFor(broker, read))[0]?.person]).toEqual([200, id]);
    const out = await ask(json.token, '/v1/sign-in', 'DELETE');
    expect([out.status, out.json]).toEqual([200, { ended: true }]);
    expectProblem(await ask(json.token), 401, refusal);
    expectProblem(await ask(json.token, '/v1/sign-in', 'DELETE'), 401, refusal);

    const entries = await logged(broker.database.db, { person: id });
    expect(entries.map((e) => [e.kind, e.action, e.decision, e.code, e.address, e.party])).toEqual([
      ['access', 'enrolment', 'allow', null, '127.0.0.1', 'cgm'],
      ['access', 'authenticate', 'refuse', refusal, '127.0.0.1', 'cgm'],
      ['access', 'enrolment-confirmation', 'refuse', refusal, '127.0.0.1', 'cgm'],
      ['access', 'enrolment-confirmation', 'allow', null, '127.0.0.1', 'cgm'],
      ['access', 'authenticate', 'refuse', refusal, '127.0.0.1', 'cgm'],
      ['access', 'authenticate', 'allow', null, '127.0.0.1', 'cgm'],
      ['access', 'datasets', 'allow', null, '127.0.0.1', 'cgm'],
      ['access', 'sign-out', 'allow', null, '127.0.0.1', 'cgm'],
    ]);
    expect(await logged(broker.database.db, { action: 'person invite', detail: { person: id } })).toHaveLength(1);
  });

  test('an invitation ends after 72 hours, by a newer one, by a reset and by removal; who has enrolled gets none', async () => {
    const begin = async (code: string) =>
      (await api.ask('/v1/sign-in/enrolment', { body: { code, password: 'zzmark dört çam ağacı' } })).status;
    const { id } = await somebody(broker.app.broker, 'cgm');
    const invite = async () => (await invitePerson(broker.app.broker, id, acting)).code;
    const [first, second] = [await invite(), await invite()];
    expect([await begin(first), await begin(second)]).toEqual([401, 200]);
    later(72 * 60 * minute - 1);
    expect(await begin(second)).toBe(200);
    later(1);
    expect(await begin(second)).toBe(401);
    const third = await invite();
    await resetPerson(broker.app.broker, id, acting);
    expect(await begin(third)).toBe(401);
    const fourth = await invite();
    await removePersonnel(broker.app.broker, id, 'd', acting);
    expect(await begin(fourth)).toBe(401);
    await expect(invite()).rejects.toMatchObject({ code: 'state-conflict' });
    const done = await enrolled(broker, api);
    await expect(invitePerson(broker.app.broker, done.id, acting)).rejects.toMatchObject({ code: 'state-conflict' });
    const nameless = await somebody(broker.app.broker, 'cgm', { email: undefined as never });
    await expect(invitePerson(broker.app.broker, nameless.id, acting)).rejects.toMatchObject({ code: 'state-conflict' });
    const other = { by: 'test', onlyParty: 'iskur' };
    await expect(invitePerson(broker.app.broker, nameless.id, other)).rejects.toMatchObject({ code: 'party-foreign' });
  });

  test('a password that may not be is refused, and the code to enrol stays good', async () => {
    const { id } = await somebody(broker.app.broker, 'cgm', { email: 'zzmark.ayse@ornek.example' });
    const { code } = await invitePerson(broker.app.broker, id, acting);
    const begin = (password: string) => api.ask('/v1/sign-in/enrolment', { body: { code, password } });
    for (const password of ['kısa', 'password1234', 'merhaba zzmark.ayse', 'x'.repeat(200)])
      expectProblem(await begin(password), 400, 'password-refused');
    expect((await begin('zzmark ulu çınarlar')).status).toBe(200);
  });

  test('a one-time code is good once, a step early or late, and for one of two who come at once', async () => {
    const who = await enrolled(broker, api);
    later(5 * minute);
    const [early, tooEarly, late] = [1, 2, -1];
    expect((await signIn(api, who, now, { steps: late })).status).toBe(200);
    expectProblem(await signIn(api, who, now, { steps: late }), 401, refusal);
    expectProblem(await signIn(api, who, now, { steps: tooEarly }), 401, refusal);
    const both = await Promise.all([signIn(api, who, now), signIn(api, who, now)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
    expect((await signIn(api, who, now, { steps: early })).status).toBe(200);
    // After the later step the earlier one is no longer good either.
    expectProblem(await signIn(api, who, now), 401, refusal);
    later(2 * minute);
    expectProblem(await signIn(api, who, now, { steps: -2 }), 401, refusal);
  });

  test('whatever is wrong, it looks the same from outside; the log knows whose it was, where that is known', async () => {
    const who = await enrolled(broker, api);
    const removed = await enrolled(broker, api);
    await removePersonnel(broker.app.broker, removed.id, 'd', acting);
    const over = await enrolled(broker, api, { validUntil: '2026-01-01' });
    const tooSoon = await enrolled(broker, api, { validFrom: '2030-01-01' });
    const invited = await somebody(broker.app.broker, 'cgm', { email: 'zzmark.davetli@ornek.example' });
    await invitePerson(broker.app.broker, invited.id, acting);
    const plain = await somebody(broker.app.broker, 'cgm', { email: 'zzmark.yalin@ornek.example' });
    later(2 * minute);
    const tries: [person: number | null, answer: Answer][] = [];
    for (const [person, asked, wrong] of [
      [null, who, { email: 'zzmark.kimse@ornek.example' }],
      [who.id, who, { password: 'zzmark başka bir parola' }],
      [who.id, who, { totp: codeAt(who.secret, now, 7) }],
      [who.id, who, { password: 'zzmark başka bir parola', totp: codeAt(who.secret, now, 7) }],
      [removed.id, removed, {}],
      [over.id, over, {}],
      [tooSoon.id, tooSoon, {}],
      [invited.id, who, { email: 'zzmark.davetli@ornek.example' }],
      [plain.id, who, { email: 'zzmark.yalin@ornek.example' }],
    ] as [number | null, Enrolled, object][])
      tries.push([person, await signIn(api, asked, now, { ...wrong, from: elsewhere() })]);
    const [[, first]] = tries as [[number | null, Answer]];
    expectProblem(first, 401, refusal);
    for (const [, answer] of tries) expect(told(answer)).toEqual(told(first));
    for (const [person, answer] of tries) {
      const entries = await loggedFor(broker, answer);
      expect(entries.map((e) => [e.action, e.decision, e.code, e.person])).toEqual([['authenticate', 'refuse', refusal, person]]);
    }
    expect((await signIn(api, who, now)).status).toBe(200);
  });

  test('with both factors right, the person is told what stands against it', async () => {
    const untrained = await enrolled(broker, api, { trainedOn: undefined as never });
    const bound = await enrolled(broker, api, { addresses: ['192.0.2.0/24'] });
    later(2 * minute);
    expectProblem(await signIn(api, untrained, now), 403, 'training-missing');
    expectProblem(await signIn(api, bound, now), 403, 'address-refused');
    expectProblem(await signIn(api, bound, now, { totp: '000000' }), 401, refusal);
    const answer = await signIn(api, bound, now, { from: '192.0.2.7' });
    expect(answer.status).toBe(200);
    const used = (from: string) =>
      api.ask('/v1/datasets', { authorization: `Bearer ${answer.json.token}`, headers: { 'x-forwarded-for': from } });
    expect([(await used('192.0.2.8')).status, (await used('198.51.100.200')).json.code]).toEqual([200, 'address-refused']);
  });

  test('a session ends with removal, at once, and does not come back with the person', async () => {
    const nationalId = completeTckn(String(500_000_001));
    const who = await enrolled(broker, api, { nationalId });
    const { token } = await session(who);
    expect(await statusOf(token)).toBe(200);
    await removePersonnel(broker.app.broker, who.id, 'd', acting);
    expectProblem(await ask(token), 401, refusal);
    expect((await somebody(broker.app.broker, 'cgm', { nationalId, email: who.email })).id).toBe(who.id);
    expect(await statusOf(token)).toBe(401);
    later(2 * minute);
    expectProblem(await signIn(api, who, now, { from: elsewhere() }), 401, refusal);
  });

  test('a session ends with the last day, and stands still for a new undertaking', async () => {
    now = new Date('2027-01-31T20:30:00Z');
    const nationalId = completeTckn(String(500_000_002));
    const who = await enrolled(broker, api, { party: 'iskur', nationalId });
    const { token } = await session(who);
    await recordUndertaking(broker.app.broker, { party: 'iskur', effectiveOn: '2027-02-01', document: 'd' }, acting);
    expect(await statusOf(token)).toBe(200);
    now = new Date('2027-01-31T20:40:00Z');
    expect(await statusOf(token)).toBe(200);
    now = new Date('2027-01-31T20:50:00Z');
    expect(await statusOf(token)).toBe(200);
    now = new Date('2027-01-31T21:00:00Z');
    expectProblem(await ask(token), 403, 'undertaking-missing');
    const changes = { nationalId, email: who.email, undertaking: 2, acceptedOn: '2027-02-01' };
    await somebody(broker.app.broker, 'iskur', changes);
    expect(await statusOf(token)).toBe(200);
    await somebody(broker.app.broker, 'iskur', { ...changes, validUntil: '2027-01-31' });
    expectProblem(await ask(token), 401, refusal);
  });

  test('a session ends when it is not used for a quarter of an hour, and after eight hours at last', async () => {
    const who = await enrolled(broker, api);
    const idle = await session(who);
    later(15 * minute - 1);
    expect(await statusOf(idle.token)).toBe(200);
    later(15 * minute);
    expect(await statusOf(idle.token)).toBe(401);
    const kept = await session(who);
    const ends = Date.parse(kept.endsAt);
    while (now.getTime() + 10 * minute < ends) {
      later(10 * minute);
      expect(await statusOf(kept.token)).toBe(200);
    }
    now = new Date(ends - 1);
    expect(await statusOf(kept.token)).toBe(200);
    now = new Date(ends);
    expectProblem(await ask(kept.token), 401, refusal);
  });

  test('that a session is used is written once a minute', async () => {
    const who = await enrolled(broker, api);
    const { token } = await session(who);
    const [before] = await sessions(broker.app.broker, { person: who.id }, acting);
    const seen = async () => {
      expect(await statusOf(token)).toBe(200);
      const [one] = await sessions(broker.app.broker, { person: who.id }, acting);
      const since = (time?: Date) => ((time?.getTime() ?? 0) - (before?.seenAt.getTime() ?? 0)) / 1000;
      return [since(one?.seenAt), since(one?.idleEndsAt)];
    };
    later(59_999);
    expect(await seen()).toEqual([0, 900]);
    later(1);
    expect(await seen()).toEqual([60, 960]);
    later(30_000);
    expect(await seen()).toEqual([60, 960]);
  });

  test('the operator ends sessions, and makes both factors void, at once', async () => {
    const who = await enrolled(broker, api);
    const [first, second] = [await session(who), await session(who)];
    expect(await signOutPerson(broker.app.broker, who.id, acting)).toBe(2);
    expect([await statusOf(first.token), await statusOf(second.token)]).toEqual([401, 401]);
    const third = await session(who);
    expect(await resetPerson(broker.app.broker, who.id, acting)).toBe(1);
    expect(await statusOf(third.token)).toBe(401);
    later(2 * minute);
    expectProblem(await signIn(api, who, now), 401, refusal);
    expect((await sessions(broker.app.broker, { person: who.id }, acting)).length).toBe(0);
    expect((await sessions(broker.app.broker, { person: who.id, all: true }, acting)).length).toBe(3);
    later(40 * 24 * 60 * minute);
    await tidySignIns(broker.app.broker);
    expect((await sessions(broker.app.broker, { person: who.id, all: true }, acting)).length).toBe(0);
    const entries = await logged(broker.database.db, { kind: 'operation', detail: { person: who.id } });
    expect(entries.map((e) => e.action)).toEqual(['person invite', 'person sign-out', 'person reset']);
  });

  test('a personal token is no session to be ended; it stays', async () => {
    const { id } = await somebody(broker.app.broker, 'cgm');
    const expiresAt = new Date(now.getTime() + minute);
    const { token } = await issuePersonToken(broker.app.db, { personId: id, label: 'x', expiresAt, by: 'test', now });
    expectProblem(await ask(token, '/v1/sign-in', 'DELETE'), 404, 'not-found');
    expect(await statusOf(token)).toBe(200);
  });

  test('found under the e-mail address of the newest list, and two with one address are two', async () => {
    const nationalId = completeTckn(String(500_000_003));
    const who = await enrolled(broker, api, { nationalId });
    const moved = { ...who, email: 'zzmark.yeni@ornek.example' };
    await somebody(broker.app.broker, 'cgm', { nationalId, email: moved.email });
    later(2 * minute);
    expectProblem(await signIn(api, who, now, { from: elsewhere() }), 401, refusal);
    expect((await signIn(api, moved, now)).status).toBe(200);
    const twin = await enrolled(broker, api, { party: 'iskur', email: moved.email, undertaking: 9, acceptedOn: '2026-11-22' });
    for (const one of [moved, twin]) expect(await statusOf((await session(one)).token)).toBe(200);
    const who2 = await signIn(api, moved, now, { totp: codeAt(twin.secret, now, 1), from: elsewhere() });
    expectProblem(who2, 401, refusal);
    expect((await loggedFor(broker, who2)).map((e) => e.person)).toEqual([null]);
  });

  test('a hash under other parameters is made anew', async () => {
    const who = await enrolled(broker, api);
    const { hash } = jest.requireActual<typeof import('@node-rs/argon2')>('@node-rs/argon2');
    const old = await hash(who.password.normalize('NFKC'), { memoryCost: 4096, timeCost: 1, parallelism: 1 });
    const rows = broker.database.db.prisma.personSignIn;
    await rows.update({ where: { personId: who.id }, data: { password: old } });
    await session(who);
    const { password } = await rows.findUniqueOrThrow({ where: { personId: who.id } });
    expect(password).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await session(who);
  });

  test('an address of the API takes no more than it says', async () => {
    const body = { email: 'a@ornek.example', password: 'x', totp: '123456' };
    expectProblem(await api.ask('/v1/sign-in', { body: { ...body, party: 'cgm' } }), 400, 'request-invalid');
    expectProblem(await api.ask('/v1/sign-in?password=x', { body }), 400, 'request-invalid');
    expectProblem(await api.ask('/v1/sign-in', { body: { ...body, totp: '12345' } }), 400, 'request-invalid');
    expectProblem(await api.ask('/v1/sign-in', { body: { ...body, password: 'x'.repeat(5000) } }), 413, 'too-large');
    expectProblem(await api.ask('/v1/sign-in', { method: 'GET' }), 405, 'method-not-allowed');
  });

  test('nothing of password, secret, code, token or e-mail address is readable in the database, audit log included', async () => {
    const who = await enrolled(broker, api);
    const { token } = await session(who);
    const { code } = await invitePerson(broker.app.broker, (await somebody(broker.app.broker, 'cgm')).id, acting);
    await signIn(api, who, now, { email: 'zzmark.yabanci@ornek.example', from: elsewhere() });
    const { pool } = broker.database.db;
    const tables = await pool.query(`select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`);
    let all = '';
    for (const { name } of tables.rows)
      all += (await pool.query(`select t::text as row from ${name} t`)).rows.map(({ row }) => row).join('\n');
    expect(all).toContain('$argon2id$');
    const texts = ['zzmark', who.email, who.password, who.secret, code, code.replaceAll('-', ''), token, token.slice(6)];
    const forms = texts.flatMap((text) => [text, Buffer.from(text).toString('hex'), Buffer.from(text).toString('base64url')]);
    const raw = Buffer.from(token.slice(6), 'base64url').toString('hex');
    expect([...forms, raw].filter((form) => all.includes(form))).toEqual([]);
  });
});

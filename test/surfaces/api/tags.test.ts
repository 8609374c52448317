import { istanbulDate } from '../../../src/core/dates';
import { recordEvent } from '../../../src/operations/agreementEvents';
import { acknowledgeFinding, muteFinding } from '../../../src/operations/findings';
import { reconcile } from '../../../src/operations/reconcile';
import type { Logged } from '../../support/audit';
import { type TestBroker, testBroker } from '../../support/broker';
import { contractOf } from './contract';
import { type Reader, readerOf } from './reader';
import { type Answer, type Api, closeClean, expectProblem, loggedFor, servedApi } from './support';

const workers = '/v1/datasets/emetip.workers';
const agents = '/v1/datasets/iskur.agents';
const dayMillis = 24 * 3_600_000;

/** Every answer that carries a tag. */
const tagged: [operation: string, where: string][] = [
  ['listSnapshots', `${workers}/snapshots`],
  ['readRecords', `${workers}/records?limit=5`],
  ['readRecords', `${workers}/records?limit=5&season=2026&changedSince=1`],
  ['readChanges', `${workers}/changes?from=1&limit=5`],
  ['exportSnapshot', `${workers}/export`],
  ['listFindings', '/v1/findings?limit=5'],
  ['countFindings', '/v1/findings/summary'],
];

describe('tags', () => {
  let now = new Date('2026-11-22T09:00:00Z');
  let broker: TestBroker;
  let api: Api;
  let read: Reader['read'];

  const sql = (text: string) => broker.database.db.pool.query(text);
  const tagOf = async (where: string, as = 'cgm', purpose?: string) => {
    const answer = await api.ask(where, { as, ...(purpose === undefined ? {} : { purpose }) });
    expect({ where, status: answer.status }).toEqual({ where, status: 200 });
    expect(answer.headers.etag).toMatch(/^W\/"[\w-]{32}"$/);
    return String(answer.headers.etag);
  };
  const having = (where: string, tag: string, as = 'cgm') => api.ask(where, { as, headers: { 'if-none-match': tag } });
  const isKnown = async (answer: Promise<Answer>) => (await answer).status === 304;

  beforeAll(async () => {
    broker = await testBroker({ agents: 40, workers: 200, children: 60, clock: () => now });
    for (const dataset of ['iskur.agents', 'emetip.workers', 'cts.children']) await broker.run(dataset);
    await reconcile(broker.app.broker);
    api = await servedApi(broker);
    ({ read } = readerOf(broker, api, await contractOf(api)));
  });
  afterAll(() => closeClean(broker));

  test.each(tagged)('%s %s: who has the answer is told so, after it was decided and logged', async (operation, where) => {
    const first = await read(operation, where, { as: 'cgm' });
    const tag = String(first.headers.etag);
    expect(tag).toBe(await tagOf(where));
    for (const said of [tag, tag.slice(2), `"other", ${tag}`, `W/"a",W/"b" , ${tag.slice(2)},"c"`, '*']) {
      const again = await read(operation, where, { as: 'cgm', headers: { 'if-none-match': said } });
      expect([again.status, again.text, again.headers.etag, again.headers['content-type'], again.headers.link]).toEqual([
        304,
        '',
        tag,
        undefined,
        undefined,
      ]);
      expect(again.headers).toMatchObject({ 'cache-control': 'no-store', 'request-id': expect.any(String) });
      expect(again.headers['kopru-provenance']).toBeUndefined();
      const { seq: _s, at: _a, requestId: _r, records, subjects, ...logged } = again.logged as Logged & { records: number };
      expect([records ?? 0, subjects]).toEqual([0, null]);
      expect(first.logged).toMatchObject(logged);
    }
    for (const said of ['"other"', 'W/""', '', 'zzmark', tag.slice(3, -1), `${tag.slice(0, -2)}"`])
      expect({ said, status: (await having(where, said)).status }).toEqual({ said, status: 200 });
  });

  test('no record is opened for who has the answer', async () => {
    const tags = await Promise.all(tagged.map(([, where]) => tagOf(where)));
    await sql('create table kept as table record_version');
    await sql(`update record_version set sealed = 'not to be opened'`);
    try {
      for (const [i, [operation, where]] of tagged.entries()) {
        expect({ operation, status: (await having(where, tags[i] as string)).status }).toEqual({ operation, status: 304 });
        // Those that are made of records cannot be answered now.
        const opens = /^(read|export)|listFindings/.test(operation);
        if (opens && !where.includes('changes') && !where.includes('Since'))
          expectProblem(await api.ask(where, { as: 'cgm' }), 500, 'record-tampered');
      }
    } finally {
      await sql('truncate record_version');
      await sql('insert into record_version select * from kept');
    }
  });

  test('what is asked for and who asks make other answers', async () => {
    const { next } = (await api.ask(`${workers}/records?limit=5`, { as: 'cgm' })).json;
    const asked = [
      'records',
      'records?limit=5',
      `records?limit=5&after=${next}`,
      'records?fields=season',
      'records?fields=season,nationalId',
      'records?season=2026',
      'records?season=2025,2026',
      'records?homeProvince=01',
      'records?workProvince=01',
      'records?changedSince=1',
      'changes?from=1',
      'changes?from=1&season=2026',
      'export',
      'export?fields=season',
      'export?season=2026',
      'export?changedSince=1',
      'snapshots',
    ].map((what) => `${workers}/${what}`);
    const findings = [
      '/v1/findings',
      '/v1/findings?status=closed',
      '/v1/findings?severity=high',
      '/v1/findings/summary',
      '/v1/findings/summary?severity=high',
    ];
    const all = [
      ...(await Promise.all([...asked, ...findings].map((where) => tagOf(where)))),
      ...(await Promise.all([...asked, ...findings].map((where) => tagOf(where, 'iskur')))),
    ];
    expect(new Set(all).size).toBe(all.length);
    // Written otherwise, and asked for another purpose, it is the same.
    expect(await tagOf(`${workers}/records?season=2026,2025,2026`)).toBe(await tagOf(`${workers}/records?season=2025,2026`));
    expect(await tagOf(`${workers}/records?fields=nationalId,season`)).toBe(await tagOf(`${workers}/records?fields=season,nationalId`));
    expect(await tagOf(`${workers}/records?snapshot=1`, 'iskur', 'schooling')).toBe(await tagOf(`${workers}/records`, 'iskur'));
  });

  test('a newer snapshot makes new tags, and leaves those of older ones', async () => {
    const wheres = tagged.map(([, where]) => where).filter((where) => where.startsWith('/v1/datasets'));
    const before = await Promise.all(wheres.map((where) => tagOf(where)));
    const pinned = [`${workers}/records?snapshot=1`, `${workers}/changes?from=1&to=1`, `${workers}/export?snapshot=1`, `${agents}/records`];
    const older = await Promise.all(pinned.map((where) => tagOf(where)));
    broker.standIns.simulator.world.nextDay();
    expect(await broker.run('emetip.workers')).toMatchObject({ status: 'succeeded', snapshot: 2 });
    for (const [i, where] of wheres.entries())
      expect({ where, known: await isKnown(having(where, before[i] as string)) }).toEqual({ where, known: false });
    for (const [i, where] of pinned.entries())
      expect({ where, known: await isKnown(having(where, older[i] as string)) }).toEqual({ where, known: true });
    await reconcile(broker.app.broker);
  });

  test('findings: what is compared, muted and no longer muted makes new tags; a note that no party sees does not', async () => {
    const [list, summary] = ['/v1/findings', '/v1/findings/summary'];
    const {
      findings: [first],
    } = (await api.ask(list, { as: 'cgm' })).json;
    let tags = [await tagOf(list), await tagOf(summary)];
    const expectNew = async () => {
      for (const [i, where] of [list, summary].entries()) expect(await isKnown(having(where, tags[i] as string))).toBe(false);
      tags = [await tagOf(list), await tagOf(summary)];
    };
    await acknowledgeFinding(broker.app.broker, first.id, 'görüldü', 'test');
    for (const [i, where] of [list, summary].entries()) expect(await isKnown(having(where, tags[i] as string))).toBe(true);
    await muteFinding(broker.app.broker, first.id, new Date(now.getTime() + dayMillis), 'test');
    await expectNew();
    // By the clock alone.
    now = new Date(now.getTime() + 2 * dayMillis);
    await expectNew();
    await reconcile(broker.app.broker);
    await expectNew();
  });

  // Last: in the order of an agreement's end.
  test('a party whose grant was closed gets its refusal, whatever it has', async () => {
    const record = (event: object) => recordEvent({ ...broker.app, clock: () => now }, { on: istanbulDate(now), ...event }, 'test', true);
    const wheres = tagged.map(([, where]) => where);
    const own = await Promise.all(wheres.map((where) => tagOf(where)));
    const granted = wheres.filter((where) => where.startsWith('/v1/datasets'));
    const theirs = await Promise.all(granted.map((where) => tagOf(where, 'iskur')));

    // In notice the same is open, and each answer says so.
    await record({ type: 'notice', by: 'cgm' });
    for (const [i, where] of wheres.entries())
      expect({ where, known: await isKnown(having(where, own[i] as string)) }).toEqual({ where, known: false });
    const inNotice = await Promise.all(granted.map((where) => tagOf(where, 'iskur')));
    expect(theirs.some((tag) => inNotice.includes(tag))).toBe(false);

    const open = broker.app.agreement.grants['iskur-workers']?.fields ?? [];
    for (const { event } of await broker.app.db.prisma.agreementEvent.findMany()) {
      const { type, id } = event as { type: string; id: string };
      if (type === 'supplement') await record({ type: 'supplement-end', id });
    }
    for (const [i, where] of granted.entries()) {
      for (const said of [inNotice[i] as string, '*']) {
        const answer = await having(where, said, 'iskur');
        expectProblem(answer, 403, 'grant-closed');
        expect(answer.headers.etag).toBeUndefined();
        expect(await loggedFor(broker, answer)).toMatchObject([{ decision: 'refuse', code: 'grant-closed', party: 'iskur' }]);
      }
    }
    // Opened anew with a field less, it is another answer.
    await record({ type: 'supplement', id: 'ek-new', agreedBy: ['cgm', 'iskur'], grants: { 'iskur-workers': open.slice(0, -1) } });
    for (const [i, where] of granted.entries())
      if (!where.includes('snapshots')) expect(await isKnown(having(where, inNotice[i] as string, 'iskur'))).toBe(false);
    await broker.app.db.prisma.personToken.updateMany({ data: { revokedAt: now } });
    for (const where of wheres) expectProblem(await having(where, '*', 'iskur'), 401, 'not-authenticated');
  });
});

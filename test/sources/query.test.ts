import { completeTckn, completeVkn } from '../../src/core/nationalId';
import { all, cleanUp, connectQuery, never, queryConfig, serve } from './support';

afterEach(cleanUp);

const ids = Array.from({ length: 8 }, (_, i) => completeTckn(`10000000${i}`));
async function* given(list: readonly string[]) {
  yield* list;
}
const idOf = (body: string) => (JSON.parse(body) as { tckn: string }).tckn;

test('each id is asked for in a body of its own, and nowhere else', async () => {
  const { origin, seen } = await serve(({ body }) => ({ body: { veri: { sent: JSON.parse(body) } } }));
  const config = queryConfig(origin, {
    request: { path: '/sorgu', body: { kimlik: { no: '{id}' }, liste: ['{id}', 1], tur: null }, query: { surum: 1 } },
    response: { records: 'veri' },
  });
  const { source, read } = connectQuery(config);
  const answers = await all(source.queries(given(ids.slice(0, 2)), read, never));
  expect(answers.map((a) => a.found && a.result.records)).toEqual(
    ids.slice(0, 2).map((id) => [{ sent: { kimlik: { no: id }, liste: [id, 1], tur: null } }]),
  );
  expect(seen.map((s) => `${s.method} ${s.path}?${s.query}`)).toEqual(Array(2).fill('POST /sorgu?surum=1'));
  expect(JSON.stringify(seen.map((s) => s.headers))).not.toContain(ids[0]);
});

test('not found is an answer, whether by 404, by code, or by an empty list', async () => {
  const replies = [
    { status: 404 },
    { body: { kod: '04' } },
    { body: { kod: '00', veri: [] } },
    { body: { kod: '00', veri: null } },
    { body: { kod: '00', veri: [{}] } },
  ];
  const { origin } = await serve(() => replies.shift() ?? {});
  const config = queryConfig(origin, {
    response: { records: 'veri', code: { at: 'kod', ok: ['00'], notFound: ['04'] } },
    limits: { concurrency: 1 },
  });
  const { source, read } = connectQuery(config);
  const answers = await all(source.queries(given(ids.slice(0, 5)), read, never));
  expect(answers.map((a) => a.found)).toEqual([false, false, false, false, true]);
});

test('an id of another kind is refused, not asked for, and the others go on', async () => {
  const { origin, seen } = await serve(() => ({ body: [{}] }));
  const vkn = completeVkn('123456789');
  const ykn = completeTckn('990000001');
  const { source, read } = connectQuery(queryConfig(origin));
  const answers = await all(source.queries(given([vkn, ids[0] as string, ykn, '12345', '', '{id}']), read, never));
  expect(answers.map((a) => [a.found, 'refused' in a && a.refused?.code])).toEqual([
    [false, 'source-id-refused'],
    [true, false],
    [false, 'source-id-refused'],
    [false, 'source-id-refused'],
    [false, 'source-id-refused'],
    [false, 'source-id-refused'],
  ]);
  expect(seen.map((s) => idOf(s.body))).toEqual([ids[0]]);
  for (const answer of answers) expect('refused' in answer ? answer.refused?.message : '').not.toContain(answer.id || '∅');
});

test('kinds that the query takes are asked for', async () => {
  const { origin, seen } = await serve(() => ({ body: [{}] }));
  const { source, read } = connectQuery(queryConfig(origin, { kinds: ['vkn', 'ykn'] }));
  await all(source.queries(given([completeVkn('123456789'), completeTckn('990000001')]), read, never));
  expect(seen).toHaveLength(2);
});

test('several are asked for at once, and answered in the order of the ids', async () => {
  const waiting: (() => void)[] = [];
  const { origin, peak } = await serve(async ({ body }) => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      // Answered only when four are there, the last first.
      if (waiting.length === 4) for (const go of waiting.splice(0).reverse()) go();
    });
    return { body: [{ id: idOf(body) }] };
  });
  const { source, read } = connectQuery(queryConfig(origin, { limits: { concurrency: 4 } }));
  const first = source.queries(given(ids), read, never);
  const answers = [];
  for (let i = 0; i < 4; i += 1) answers.push((await first.next()).value);
  expect(answers.map((a) => a?.found && a.result.records[0])).toEqual(ids.slice(0, 4).map((id) => ({ id })));
  expect(peak()).toBe(4);
  await first.return();
});

test('the daily limit ends it in between; the answers until then are given', async () => {
  const { origin } = await serve(() => ({ body: [{}] }));
  let left = 3;
  const { source, read } = connectQuery(queryConfig(origin, { limits: { requestsPerDay: 3, concurrency: 2 } }), {
    ledger: { take: async () => left-- > 0 },
  });
  const answered: string[] = [];
  const asking = (async () => {
    for await (const answer of source.queries(given(ids), read, never)) answered.push(answer.id);
  })();
  await expect(asking).rejects.toMatchObject({ code: 'source-limit' });
  expect(answered).toEqual(ids.slice(0, 3));
});

test('"yetkisiz" and a fault end it, and stay apart', async () => {
  for (const [status, code] of [
    [403, 'source-not-authorised'],
    [500, 'source-fault'],
  ] as const) {
    const { origin } = await serve(() => ({ status }));
    const { source, read } = connectQuery(queryConfig(origin));
    await expect(all(source.queries(given(ids), read, never))).rejects.toMatchObject({ code });
  }
});

test('the list of ids is let go when the caller leaves', async () => {
  let released = false;
  async function* held() {
    try {
      yield* ids;
    } finally {
      released = true;
    }
  }
  const { origin } = await serve(() => ({ body: [{}] }));
  const { source, read } = connectQuery(queryConfig(origin));
  for await (const _ of source.queries(held(), read, never)) break;
  expect(released).toBe(true);
});

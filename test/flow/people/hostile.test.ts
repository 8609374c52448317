import { logged } from '../../support/audit';
import { type TestBroker, testBroker } from '../../support/broker';
import { somebody } from '../../support/people';
import { type Api, closeClean, expectProblem, parsed, servedApi } from '../../surfaces/api/support';
import { type AskAs, askAs } from './rows';

const workers = '/v1/datasets/emetip.workers';

describe('what nobody in good faith would send', () => {
  let broker: TestBroker;
  let api: Api;
  let person: { id: number; token: string };
  let ask: AskAs;

  beforeAll(async () => {
    broker = await testBroker({ agents: 20, workers: 30, children: 10 });
    for (const dataset of ['iskur.agents', 'emetip.workers']) expect((await broker.run(dataset)).status).toBe('succeeded');
    api = await servedApi(broker);
    person = await somebody(broker.app.broker, 'cgm');
    ask = askAs(api, person);
  });
  afterEach(async () => expect((await ask(`${workers}/records?limit=1`)).status).toBe(200));
  afterAll(() => closeClean(broker));

  const bearer = () => `Authorization: Bearer ${person.token}`;
  const stated = ['Kopru-Purpose: child-labour', 'Kopru-Case: T-1'];
  /** Sent byte by byte as it stands; what came back, and what the log says of it. */
  const send = async (...headers: string[]) => {
    const lines = [`GET ${workers}/records?limit=2 HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers];
    const answer = parsed(await api.raw(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')));
    const id = /request-id: (\S+)/i.exec(answer.headers)?.[1];
    const entries = await logged(broker.database.db, { requestId: id });
    expect(JSON.stringify([answer.json?.hint, answer.json?.detail, entries])).not.toContain('zzmark');
    return { status: answer.status, code: answer.json?.code as string | undefined, entries };
  };
  const nothingLogged = (sent: Awaited<ReturnType<typeof send>>, status: number, code: string) =>
    expect(sent).toEqual({ status, code, entries: [] });

  test.each([
    ['bytes that are no UTF-8', '\xff\xfe\x80zzmark'],
    ['a letter in Latin-1', '\xe7ocukzzmark'],
    ['a tab', 'child-labour\tzzmark'],
    ['two in one', 'child-labour, schooling'],
    ['another case', 'CHILD-LABOUR'],
    ['a member of every object', 'constructor'],
    ['quotes', `"child-labour' or 1=1 --zzmark`],
  ])('a purpose of %s is none, and is not written down', async (_what, purpose) => {
    const { status, code, entries } = await send(bearer(), `Kopru-Purpose: ${purpose}`, 'Kopru-Case: T-1');
    expect({ status, code }).toEqual({ status: 403, code: 'purpose-refused' });
    expect(entries).toMatchObject([{ person: person.id, purpose: '(unknown)', decision: 'refuse', code }]);
  });

  test('a purpose twice is none, even if both say the same', async () => {
    const { status, code } = await send(bearer(), stated[0] as string, ...stated);
    expect({ status, code }).toEqual({ status: 403, code: 'purpose-refused' });
  });

  test.each(['zzmark'.repeat(20), 'zzmark'.repeat(1500)])('a purpose that is too long', async (purpose) => {
    nothingLogged(await send(bearer(), `Kopru-Purpose: ${purpose}`, 'Kopru-Case: T-1'), 400, 'request-invalid');
  });

  test.each([
    ['bytes that are no UTF-8', '\xff\xfezzmark'],
    ['a letter in Latin-1', 'dosya-\xe7'],
    ['a tab', 'T\t1'],
    ['a list', 'T-1, T-2'],
    ['a dash first', '-T'],
    ['too many letters', 'z'.repeat(61)],
    ['very many', 'zzmark'.repeat(1500)],
    ['quotes', `T' or 1=1`],
    ['markup', '<b>zzmark</b>'],
    ['a line of a log', 'T","person":1'],
  ])('a case of %s is refused before anything', async (_what, of) => {
    nothingLogged(await send(bearer(), stated[0] as string, `Kopru-Case: ${of}`), 400, 'request-invalid');
  });

  test('a case twice is refused; an empty one, or spaces alone, is none', async () => {
    nothingLogged(await send(bearer(), ...stated, 'Kopru-Case: T-2'), 400, 'request-invalid');
    for (const none of ['', '    ', '\t']) {
      const { status, code, entries } = await send(bearer(), stated[0] as string, `Kopru-Case: ${none}`);
      expect({ status, code }).toEqual({ status: 403, code: 'case-missing' });
      expect(entries).toMatchObject([{ person: person.id, case: null, article: 'policy' }]);
    }
  });

  test('the longest case that is one', async () => {
    const longest = `T${' ./_-'.repeat(11)}1234`;
    expect(longest).toHaveLength(60);
    const { status, entries } = await send(bearer(), stated[0] as string, `Kopru-Case: ${longest}`);
    expect(status).toBe(200);
    expect(entries).toMatchObject([{ case: longest }]);
  });

  test.each([
    ['letters beyond ASCII', (token: string) => `Bearer ${token}\xe7`],
    ['bytes that are no UTF-8', () => 'Bearer \xff\xfe\x80'],
    ['quotes', (token: string) => `Bearer "${token}"`],
    ['a quote for SQL', () => `Bearer ' or '1'='1`],
    ['a comma and another', (token: string) => `Bearer ${token}, Bearer ${token}`],
    ['something after it', (token: string) => `Bearer ${token} zzmark`],
    ['padding', (token: string) => `Bearer ${token}=`],
    ['ten thousand letters', () => `Bearer ${'a'.repeat(10_000)}`],
    ['another scheme', (token: string) => `Basic ${Buffer.from(`${token}:`).toString('base64')}`],
    ['no scheme', (token: string) => token],
    ['nothing but the scheme', () => 'Bearer '],
    ['the digest that is stored', () => 'Bearer zzmark0000000000000000000000000000000000000000000000000000000'],
  ])('a token with %s is nobody’s, and that is logged', async (_what, of) => {
    const { status, code, entries } = await send(`Authorization: ${of(person.token)}`, ...stated);
    expect({ status, code }).toEqual({ status: 401, code: 'not-authenticated' });
    const nobody = { action: 'authenticate', party: null, person: null, address: '127.0.0.1', decision: 'refuse', code };
    expect(entries).toMatchObject([nobody]);
    expect(JSON.stringify(entries)).not.toContain(person.token.slice(0, 12));
  });

  test('two Authorization headers are none, whichever of them is good', async () => {
    const bad = 'Authorization: Bearer zzmark';
    for (const two of [
      [bearer(), bad],
      [bad, bearer()],
      [bearer(), bearer()],
      [bearer(), 'Authorization: Basic enptYXJr'],
    ]) {
      const { status, code, entries } = await send(...two, ...stated);
      expect({ status, code }).toEqual({ status: 401, code: 'not-authenticated' });
      expect(entries).toMatchObject([{ action: 'authenticate', person: null }]);
    }
  });

  test('an idempotency key of ten kilobytes, or of odd bytes: it is a key like any other, and stands nowhere', async () => {
    for (const key of ['zzmark'.repeat(1700), '\xff\xfezzmark', '10000000146']) {
      const { status, entries } = await send(bearer(), ...stated, `Idempotency-Key: ${key}`);
      expect(status).toBe(200);
      expect(JSON.stringify(entries)).not.toMatch(/zzmark|10000000146/);
    }
    const body = { id: '10000000146' };
    const long = { headers: { 'idempotency-key': 'z'.repeat(10_000) } };
    expectProblem(await ask('/v1/datasets/iskur.agents/lookups', { body, ...long }), 400, 'request-invalid');
    const headers = { 'idempotency-key': 'z'.repeat(40_000) };
    await expect(ask(`${workers}/records`, { headers }).then(({ status }) => status)).resolves.toBe(431);
  });

  test('an address that the caller claims is not believed', async () => {
    for (const header of ['X-Forwarded-For: 10.0.0.1', 'Forwarded: for=10.0.0.1', 'X-Real-IP: 10.0.0.1']) {
      const { status, entries } = await send(bearer(), ...stated, header);
      expect(status).toBe(200);
      expect(entries).toMatchObject([{ address: '127.0.0.1' }]);
    }
  });
});

import { type TestBroker, testBroker } from '../../support/broker';
import { refusedBy } from './refused';
import { type Api, closeClean, loggedFor, servedApi } from './support';

const agents = '/v1/datasets/iskur.agents';
const json = { 'content-type': 'application/json' };

describe('bodies that are not what they should be', () => {
  let broker: TestBroker;
  let api: Api;
  let refused: ReturnType<typeof refusedBy>;

  beforeAll(async () => {
    broker = await testBroker({ agents: 40, workers: 60, children: 10 });
    for (const dataset of ['iskur.agents', 'emetip.workers']) expect((await broker.run(dataset)).status).toBe('succeeded');
    api = await servedApi(broker);
    refused = refusedBy(broker);
  });
  afterAll(() => closeClean(broker));

  const post = (body: string | Buffer, headers: Record<string, string> = json) => api.ask(`${agents}/record`, { as: 'cgm', body, headers });

  const nested = (depth: number) => `${'{"id":'.repeat(depth)}1${'}'.repeat(depth)}`;
  test.each<[string, string | Buffer]>([
    ['nothing', ''],
    ['no JSON', 'zzmark'],
    ['cut JSON', '{"id":"zzmark'],
    ['two documents', '{"id":"zzmark"}{"id":"x"}'],
    ['a trailing comma', '{"id":"zzmark",}'],
    ['a text', '"zzmark"'],
    ['null', 'null'],
    ['a list', '["zzmark"]'],
    ['a list for the id', '{"id":["10000000146"]}'],
    ['a number for the id', '{"id":10000000146}'],
    ['a truth value for the id', '{"id":true}'],
    ['null for the id', '{"id":null}'],
    ['an object for the id', '{"id":{"zzmark":1}}'],
    ['an empty id', '{"id":""}'],
    ['a long id', `{"id":"${'zzmark'.repeat(20)}"}`],
    ['no id', '{}'],
    ['another name beside it', '{"id":"10000000146","zzmark":1}'],
    ['the id twice', '{"id":"10000000146","id":"11111111110"}'],
    ['the id twice, once escaped', '{"id":"10000000146","\\u0069d":"11111111110"}'],
    ['__proto__', '{"__proto__":{"id":"10000000146"}}'],
    ['__proto__ beside it', '{"id":"10000000146","__proto__":{"zzmark":1}}'],
    ['constructor', '{"id":"10000000146","constructor":{"prototype":{"zzmark":1}}}'],
    ['deep objects', nested(140)],
    ['deep lists', `{"id":${'['.repeat(450)}${']'.repeat(450)}}`],
    ['invalid UTF-8', Buffer.from('{"id":"\xff\xfe"}', 'latin1')],
    ['a lone half of a character in UTF-8', Buffer.from([0x7b, 0x22, 0x69, 0x64, 0x22, 0x3a, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d])],
    ['UTF-16', Buffer.from('{"id":"10000000146"}', 'utf16le')],
  ])('a body that is %s', async (_what, body) => {
    const answer = await refused(post(body), 400, 'request-invalid', ['zzmark', '10000000146']);
    expect(await loggedFor(broker, answer)).toEqual([]);
  });

  test.each([
    ['SQL', "1' or '1'='1"],
    ['NUL', '1\u0000'],
    ['digits of another script', '١٠٠٠٠٠٠٠١٤٦'],
    ['spaces', ' 10000000146'],
    ['a lone surrogate', '\ud800'],
    ['markup', '<script>'],
  ])('an id that is %s is not well formed', async (_what, id) => {
    await refused(api.ask(`${agents}/record`, { as: 'cgm', body: { id } }), 400, 'id-invalid', [id]);
  });

  test('a body that is too large, told or found out', async () => {
    const large = `{"id":"${'1'.repeat(2000)}"}`;
    await refused(post(large), 413, 'too-large');
    await refused(post(large, { ...json, 'transfer-encoding': 'chunked' }), 413, 'too-large');
  });

  test('another content type, charset or coding', async () => {
    const body = '{"id":"10000000146"}';
    for (const type of [
      'text/plain',
      'application/xml',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/json-patch+json',
      'zzmark',
      '',
    ]) {
      await refused(post(body, { 'content-type': type }), 415, 'media-type', ['zzmark']);
    }
    for (const charset of ['windows-1254', 'utf-16', 'iso-8859-9', '"latin1"'])
      await refused(post(body, { 'content-type': `application/json; charset=${charset}` }), 415, 'media-type');
    await refused(post(body, { ...json, 'content-encoding': 'gzip' }), 415, 'media-type');
    for (const type of ['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])
      expect((await post('{"id":"11111111110"}', { 'content-type': type })).status).toBe(404);
  });
});

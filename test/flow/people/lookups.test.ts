import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { completeTckn } from '../../../src/core/nationalId';
import { removePersonnel } from '../../../src/operations/people/personnel';
import { setLimit } from '../../../src/operations/quotas';
import { logged } from '../../support/audit';
import { type TestBroker, testBroker } from '../../support/broker';
import { issueAuthority, issueServer } from '../../support/clientCertificates';
import { somebody } from '../../support/people';
import { truthOf } from '../../support/truth';
import { type Answer, type Api, closeClean, expectProblem, servedApi } from '../../surfaces/api/support';
import { type AskAs, askAs, type Row, told } from './rows';

const workers = 'emetip.workers';
const nobody = completeTckn('123456780');

/** Workers are asked for one by one here, of a service that knows each of them. */
describe('look-ups by provincial staff', () => {
  let folder: string;
  let service: Server;
  let broken = false;
  /** What the service waits for before it answers. */
  let meanwhile: (() => Promise<unknown>) | undefined;
  let broker: TestBroker;
  let api: Api;
  let ask: AskAs;
  let person: { id: number; token: string };

  const people = () => truthOf(broker.standIns, workers).filter((row) => String(row.nationalId).length === 11);
  const here = () => people().filter((row) => row.workProvince === '01');
  const elsewhere = () => people().filter((row) => row.workProvince !== '01');
  const lookUp = (asking: AskAs, id: unknown, key?: string) =>
    asking(`/v1/datasets/${workers}/lookups`, { body: { id: String(id) }, ...(key ? { headers: { 'idempotency-key': key } } : {}) });
  const trace = async (answer: Answer) =>
    (await logged(broker.database.db, { requestId: String(answer.headers['request-id']) })).map(
      ({ action, decision, code, records, grant, fields }) => ({
        action,
        decision,
        code,
        records,
        grant,
        fields,
      }),
    );

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-query-'));
    const now = new Date();
    const authority = await issueAuthority(now);
    const ca = path.join(folder, 'ca.pem');
    writeFileSync(ca, authority.cert);
    const { key, cert } = await issueServer(authority, ['localhost'], now);
    service = createServer({ key, cert }, async (req, res) => {
      let body = '';
      for await (const part of req) body += part;
      await meanwhile?.();
      const found = people().find((row) => row.nationalId === JSON.parse(body).id);
      res.writeHead(broken ? 500 : found ? 200 : 404, { 'content-type': 'application/json' });
      res.end(JSON.stringify(broken ? {} : (found ?? { error: 'none' })));
    });
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    const { port } = service.address() as { port: number };
    const names = ['fullName', 'memberRole', 'workProvince', 'homeProvince', 'season'];
    broker = await testBroker({
      agents: 20,
      workers: 400,
      children: 10,
      env: { LOOKUP_WAIT_SECONDS: '20' },
      sources: (file) => {
        const query = (file as any).lookups['iskur.agents'];
        (file as any).lookups[workers] = {
          ...query,
          service: 'e-METİP query (test)',
          baseUrl: `https://localhost:${port}`,
          ca,
          auth: { type: 'none' },
          request: { path: '/query', body: { id: '{id}' } },
          response: { records: '$' },
          meanings: { notFound: [{ status: 404 }] },
          kinds: ['tckn', 'ykn'],
          fields: Object.fromEntries(names.map((name) => [name, name])),
        };
        return file;
      },
    });
    expect((await broker.run(workers)).status).toBe('succeeded');
    api = await servedApi(broker);
    person = await somebody(broker.app.broker, 'iskur', { province: '01' });
    ask = askAs(api, person);
    // So that each answer tells what is left.
    const limit = { dataset: workers, party: 'iskur', setBy: 'cgm', document: 'd', queries: 1000, records: 1000 };
    await setLimit(broker.app.broker, limit, 'test');
  }, 60_000);
  afterAll(async () => {
    service.close();
    await closeClean(broker);
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => {
    broken = false;
    meanwhile = undefined;
  });

  /** What is left of the queries is another number each time, of the records it must be the same. */
  const plain = (answer: Answer) =>
    JSON.stringify(told(answer))
      .replace(/party-queries\\*";r=\d+;t=\d+/g, 'queries')
      .replace(/;t=\d+/g, '');

  test('somebody of the own province is told, and the centre may ask for anybody', async () => {
    const [own, other] = [here()[0] as Row, elsewhere()[0] as Row];
    const answer = await lookUp(ask, own.nationalId);
    expect([answer.status, answer.json.record?.nationalId, answer.json.record?.workProvince]).toEqual([200, own.nationalId, '01']);
    const centre = askAs(api, await somebody(broker.app.broker, 'iskur'));
    expect((await lookUp(centre, other.nationalId)).json.record.nationalId).toBe(other.nationalId);
  });

  test('who is removed while the source is asked is told nothing any more', async () => {
    const leaving = await somebody(broker.app.broker, 'iskur', { nationalId: completeTckn('700000001') });
    meanwhile = () => removePersonnel(broker.app.broker, leaving.id, 'd', { by: 'test' });
    const answer = await lookUp(askAs(api, leaving), here()[0]?.nationalId);
    expectProblem(answer, 401, 'not-authenticated');
    expect((await trace(answer)).map(({ action, decision, code }) => [action, decision, code])).toEqual([
      ['lookup', 'allow', null],
      ['lookup-answer', 'refuse', 'not-authenticated'],
    ]);
  });

  test('somebody of another province is answered, counted and traced exactly as nobody is', async () => {
    const none = await lookUp(ask, nobody);
    expectProblem(none, 404, 'source-not-found');
    for (const row of elsewhere().slice(0, 3)) {
      const answer = await lookUp(ask, row.nationalId);
      expect(plain(answer)).toBe(plain(none));
      expect(await trace(answer)).toEqual(await trace(none));
    }
    // Asked again, too.
    for (const id of [nobody, elsewhere()[4]?.nationalId])
      for (let i = 0; i < 2; i += 1) expect(plain(await lookUp(ask, id, `again-${id === nobody}`))).toBe(plain(none));
    const { rows } = await broker.database.db.pool.query(
      'select distinct status, error_code, answer from lookup where person = $1 and error_code is not null',
      [person.id],
    );
    expect(rows).toEqual([{ status: 'failed', error_code: 'source-not-found', answer: null }]);
  });

  test('so it is while the source is down and the snapshot answers', async () => {
    broken = true;
    const own = await lookUp(ask, here()[1]?.nationalId);
    expect(own.json).toMatchObject({ stale: true, record: { workProvince: '01' } });
    const none = await lookUp(ask, nobody);
    expectProblem(none, 502, 'source-fault');
    const other = await lookUp(ask, elsewhere()[1]?.nationalId);
    expect(plain(other)).toBe(plain(none));
    expect(await trace(other)).toEqual(await trace(none));
  });

  test('who goes to another province before the answer is fetched does not get it', async () => {
    const { door } = broker.app;
    const nationalId = completeTckn('611111111');
    const moving = await somebody(broker.app.broker, 'iskur', { nationalId, province: '01' });
    const who = (province: string) => ({
      who: {
        person: {
          id: moving.id,
          party: 'iskur',
          unit: 'Merkez',
          province,
          roles: ['query'],
          addresses: [],
          validFrom: '2000-01-01',
          trainedOn: '2000-01-01',
          undertaking: 1,
          removed: false,
        },
        undertaking: 1,
        grants: [],
        addresses: [],
        certified: false,
      },
      certificate: 'none',
      address: '127.0.0.1',
      requestId: 'moved',
      purpose: 'child-labour',
      case: 'T-1',
    });
    const { id } = await door.lookup(who('01') as never, workers, String(here()[2]?.nationalId), { waitMillis: 0 });
    await expect(door.lookupAnswer(who('06') as never, id, 20_000)).rejects.toMatchObject({ code: 'source-not-found' });
  });
});

import { issuePersonToken } from '../../../src/access/people/tokens';
import { completeTckn } from '../../../src/core/nationalId';
import { recordEvent } from '../../../src/operations/agreementEvents';
import { addAddressRule, removeAddressRule } from '../../../src/operations/institutions/addresses';
import { listGrants, revokeGrant } from '../../../src/operations/people/grants';
import { acceptUndertaking, removePersonnel } from '../../../src/operations/people/personnel';
import { revokeToken, tokens } from '../../../src/operations/people/tokens';
import { recordUndertaking } from '../../../src/operations/people/undertakings';
import { logged } from '../../support/audit';
import { type TestBroker, testBroker } from '../../support/broker';
import { somebody } from '../../support/people';
import { type Api, closeClean, expectProblem, servedApi } from '../../surfaces/api/support';
import { askAs, type Kept, keptOpen, ndjson } from './rows';

const workers = '/v1/datasets/emetip.workers';
const children = '/v1/datasets/cts.children';
const acting = { by: 'test' };
let people = 0;

describe('what ends, ends at the next request of an open connection', () => {
  let now = new Date('2026-11-22T09:00:00Z');
  let broker: TestBroker;
  let api: Api;
  const open: Kept[] = [];

  beforeAll(async () => {
    broker = await testBroker({ agents: 40, workers: 2600, children: 60, clock: () => now });
    for (const dataset of ['emetip.workers', 'cts.children']) expect((await broker.run(dataset)).status).toBe('succeeded');
    api = await servedApi(broker);
  }, 60_000);
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
    now = new Date('2026-11-22T09:00:00Z');
  });
  afterAll(() => closeClean(broker));

  const someone = async (changes: Parameters<typeof somebody>[2] = {}, party = 'cgm') => {
    people += 1;
    const nationalId = completeTckn(String(600_000_000 + people));
    const person = await somebody(broker.app.broker, party, { nationalId, ...changes });
    const kept = keptOpen(api, person);
    open.push(kept);
    /** Asked where it was answered before, on the same connection. */
    const asked = async (where = `${workers}/records?limit=1`) => {
      const answer = await kept.ask(where);
      const [entry] = await logged(broker.database.db, { requestId: answer.id });
      return { ...answer, entry };
    };
    const refused = async (status: number, code: string, entry: object, where?: string) => {
      const { entry: found, ...answer } = await asked(where);
      expect(answer).toMatchObject({ status, code, reused: true });
      expect(found).toMatchObject({ decision: 'refuse', code, address: '127.0.0.1', records: null, subjects: null, ...entry });
    };
    const answered = async (where?: string) => {
      const { status, entry } = await asked(where);
      expect({ status, decision: entry?.decision, person: entry?.person }).toEqual({ status: 200, decision: 'allow', person: person.id });
    };
    await answered();
    return { ...person, nationalId, refused, answered };
  };

  test('removal', async () => {
    const { id, refused } = await someone();
    await removePersonnel(broker.app.broker, id, 'd', acting);
    await refused(401, 'not-authenticated', { action: 'authenticate', party: null });
    await refused(401, 'not-authenticated', { action: 'authenticate' }, '/v1/datasets');
  });

  test('the last day, at midnight in Istanbul', async () => {
    const { id, refused, answered } = await someone({ validUntil: '2026-11-22' });
    now = new Date('2026-11-22T20:59:59.999Z');
    await answered();
    await refused(404, 'not-found', { person: id, action: 'lookup-answer' }, '/v1/lookups/00000000-0000-4000-8000-000000000000');
    now = new Date('2026-11-22T21:00:00Z');
    await refused(401, 'not-authenticated', { person: id, article: 'V.E.4', action: 'records', dataset: 'emetip.workers' });
    await refused(401, 'not-authenticated', { person: id }, '/v1/datasets');
    await refused(401, 'not-authenticated', { person: id }, '/v1/findings');
    const answer = '/v1/lookups/00000000-0000-4000-8000-000000000000';
    await refused(401, 'not-authenticated', { person: id, action: 'lookup-answer' }, answer);
  });

  test('a token’s time, and its revocation; another token of the same person stays', async () => {
    const { id, refused } = await someone();
    const { db } = broker.app;
    const expiresAt = new Date(now.getTime() + 1000);
    const second = await issuePersonToken(db, { personId: id, label: 'second', expiresAt, by: 'test', now });
    const other = keptOpen(api, second);
    open.push(other);
    expect((await other.ask(`${workers}/snapshots`)).status).toBe(200);
    const [first] = (await tokens(broker.app.broker, id, acting)).filter((one) => one.id !== second.id);
    await revokeToken(broker.app.broker, first?.id as number, acting);
    await refused(401, 'not-authenticated', { action: 'authenticate', person: null });
    expect((await other.ask(`${workers}/snapshots`)).status).toBe(200);
    now = expiresAt;
    expect(await other.ask(`${workers}/snapshots`)).toMatchObject({ status: 401, code: 'not-authenticated', reused: true });
  });

  test('a grant of one’s own: of that dataset alone', async () => {
    const { id, refused, answered } = await someone();
    await answered(`${children}/records?limit=1`);
    const [grant] = await listGrants(broker.app.broker, { person: id });
    await revokeGrant(broker.app.broker, grant?.id as number, 'test');
    const said = { person: id, article: 'policy', dataset: 'cts.children' };
    await refused(403, 'personal-grant-missing', said, `${children}/records?limit=1`);
    await refused(403, 'personal-grant-missing', { person: id }, `${children}/export`);
    await answered();
  });

  test('a role that is withdrawn', async () => {
    const { id, nationalId, refused, answered } = await someone();
    await somebody(broker.app.broker, 'cgm', { nationalId, roles: ['operator'] });
    await refused(403, 'role-refused', { person: id, article: 'V.Ç.6' });
    await answered(`${workers}/snapshots`);
    await somebody(broker.app.broker, 'cgm', { nationalId, roles: ['operator', 'query'] });
    await answered();
  });

  test('the centre: who went to a province reads that province alone', async () => {
    const { id, token, nationalId, answered } = await someone();
    await somebody(broker.app.broker, 'cgm', { nationalId, province: '01', unit: 'İl Müdürlüğü' });
    await answered();
    const { json } = await askAs(api, { token })(`${workers}/records?limit=1000`);
    expect(new Set(json.records.map((r: any) => r.workProvince))).toEqual(new Set(['01']));
    expect((await logged(broker.database.db, { person: id, unit: 'İl Müdürlüğü' })).length).toBeGreaterThan(1);
  });

  test('an address rule of the institution, and of the unit', async () => {
    const { id, refused, answered } = await someone({ unit: 'Kıyı' });
    for (const unit of [undefined, 'Kıyı']) {
      const rule = await addAddressRule(broker.app.broker, { party: 'cgm', unit, cidr: '10.0.0.0/8', document: 'd' }, 'test');
      await refused(403, 'address-refused', { person: id, article: 'V.Ç.6' });
      await refused(403, 'address-refused', { person: id, action: 'datasets' }, '/v1/datasets');
      const local = await addAddressRule(broker.app.broker, { party: 'cgm', unit, cidr: '127.0.0.1', document: 'd' }, 'test');
      await answered();
      for (const { id: added } of [rule, local]) await removeAddressRule(broker.app.broker, added, 'test');
      await answered();
    }
    const alone = await someone({ addresses: ['127.0.0.0/8'] });
    await somebody(broker.app.broker, 'cgm', { nationalId: alone.nationalId, addresses: ['192.0.2.0/24'] });
    await alone.refused(403, 'address-refused', { person: alone.id });
  });

  test('a new undertaking, from its day on and until it is accepted', async () => {
    const { id, refused, answered } = await someone({}, 'iskur');
    await recordUndertaking(broker.app.broker, { party: 'iskur', effectiveOn: '2026-11-23', document: 'd' }, acting);
    now = new Date('2026-11-22T20:59:59.999Z');
    await answered();
    now = new Date('2026-11-22T21:00:00Z');
    await refused(403, 'undertaking-missing', { person: id, article: 'Ek-2 9' });
    await acceptUndertaking(broker.app.broker, id, { undertaking: 2, on: '2026-11-23' }, acting);
    await answered();
  });

  describe('an export under way', () => {
    /** Does this as soon as the export's first batch is logged: in the same transaction, so before it leaves. */
    const onFirstBatch = async (person: number, doing: string, work: () => Promise<void>) => {
      const { pool } = broker.database.db;
      await pool.query(`create function meanwhile() returns trigger language plpgsql set search_path = public as $$ begin ${doing}; return null; end $$;
        create trigger meanwhile after insert on audit_entry for each row
        when (new.body::jsonb @> '{"action":"export","decision":"allow","person":${person}}') execute function meanwhile()`);
      await work().finally(() => pool.query('drop trigger meanwhile on audit_entry; drop function meanwhile()'));
    };
    const cutOff = async (token: string) => {
      const answer = await askAs(api, { token })(`${workers}/export`).catch(() => 'cut off');
      expect(answer).toBe('cut off');
    };

    test('whole, if nothing ends: logged batch by batch', async () => {
      const { id, token } = await someone();
      const answer = await askAs(api, { token })(`${workers}/export`);
      const rows = ndjson(answer.text).length;
      expect(rows).toBeGreaterThan(2000);
      const entries = await logged(broker.database.db, { person: id, action: 'export' });
      expect(entries.map((e) => [e.decision, e.records])).toEqual([
        ['allow', 1000],
        ['allow', 1000],
        ['allow', rows - 2000],
      ]);
    });

    test.each([
      ['the token is revoked', 'update person_token set revoked_at = now() where person_id = $id', 'not-authenticated'],
      [
        'the role is withdrawn',
        `insert into person_version (person_id, version, unit, roles, addresses, valid_from, trained_on, accepted_undertaking, accepted_on, document, at, by, removed)
         select person_id, version + 1, unit, '{operator}', addresses, valid_from, trained_on, accepted_undertaking, accepted_on, document, at, by, false
         from person_version where person_id = $id and version = 1 on conflict do nothing`,
        'role-refused',
      ],
      [
        'the person goes to a province',
        `insert into person_version (person_id, version, unit, province, roles, addresses, valid_from, trained_on, accepted_undertaking, accepted_on, document, at, by, removed)
         select person_id, version + 1, unit, '01', roles, addresses, valid_from, trained_on, accepted_undertaking, accepted_on, document, at, by, false
         from person_version where person_id = $id and version = 1 on conflict do nothing`,
        'state-conflict',
      ],
    ])('is cut off after the batch that was logged, if %s', async (_what, sql, code) => {
      const { id, token } = await someone();
      await onFirstBatch(id, sql.replaceAll('$id', String(id)), () => cutOff(token));
      const entries = await logged(broker.database.db, { person: id, action: 'export' });
      expect(entries.map((e) => [e.decision, e.records, e.code])).toEqual([
        ['allow', 1000, null],
        ['refuse', null, code],
      ]);
      expect(entries[1]?.subjects).toBeNull();
    });
  });

  test('the agreement: everybody, and what is left open leads nowhere', async () => {
    const { id, refused } = await someone();
    const event = { type: 'mutual-end', on: '2026-11-22', document: 'd', agreedBy: ['cgm', 'iskur'] };
    await recordEvent(broker.app.broker, event as never, 'test', true);
    now = new Date('2026-11-23T09:00:00Z');
    await refused(403, 'agreement-not-in-force', { person: id });
    expectProblem(await api.ask(`${workers}/export`, { as: 'cgm' }), 403, 'agreement-not-in-force');
  });
});

import { somebody } from '../../../support/people';
import { refusedBy } from '../refused';
import { closeClean, expectProblem, loggedFor } from '../support';
import { everybody, type Office, office } from './support';

const stated = { purpose: 'child-labour', case: 'T-1' };

describe('why a request would be allowed or refused, over the API', () => {
  let it: Office;
  const explain = (who: { id: number; token: string }, body: object) => it.ask(who, 'explainAccess', '/v1/access/explain', { body });
  const told = async (who: { id: number; token: string }, body: object) => {
    const answer = await explain(who, body);
    expect([answer.text, answer.status]).toEqual([answer.text, 200]);
    return answer.json;
  };

  beforeAll(async () => {
    it = await office();
    expect((await it.broker.run('iskur.agents')).status).toBe('succeeded');
  }, 60_000);
  afterAll(() => closeClean(it.broker));

  test('what is allowed tells grant, article, fields and rows, and is logged as a question alone', async () => {
    const person = it.person('cgm', 'query');
    const answer = await explain(person, { action: 'records', dataset: 'iskur.agents', fields: ['status'], ...stated });
    expect(answer.json).toEqual({ allow: true, grant: 'cgm-agents', article: expect.stringMatching(/^VI\.A/), fields: ['status'] });
    expect(await loggedFor(it.broker, answer)).toMatchObject([
      {
        kind: 'access',
        party: 'cgm',
        person: person.id,
        action: 'explain',
        dataset: 'iskur.agents',
        purpose: 'child-labour',
        case: 'T-1',
        records: null,
      },
    ]);
    const provincial = await somebody(it.broker.app.broker, 'cgm', { province: '01' });
    expect(await told(provincial, { action: 'records', dataset: 'emetip.workers', ...stated })).toMatchObject({
      allow: true,
      scope: { field: 'workProvince', province: '01' },
    });
  });

  test('it says what the request itself is told, for every role and way of reading', async () => {
    const readings = [
      ['records', '/v1/datasets/X/records?limit=1', {}],
      ['snapshots', '/v1/datasets/X/snapshots', {}],
      ['changes', '/v1/datasets/X/changes?from=1', {}],
      ['record', '/v1/datasets/X/record', { body: { id: '11111111110' } }],
    ] as const;
    let [allowed, refused] = [0, 0];
    for (const [party, role] of everybody(['cgm', 'iskur'])) {
      const who = it.person(party, role);
      for (const [action, where, options] of readings) {
        for (const dataset of ['iskur.agents', 'none']) {
          const { allow, ...why } = await told(who, { action, dataset, ...stated });
          const answer = await it.api.ask(where.replace('X', dataset), { ...options, authorization: `Bearer ${who.token}` });
          const { code, detail: message, hint } = answer.json;
          if (allow) expect([200, 404]).toContain(answer.status);
          else expect(why).toEqual({ code, message, hint });
          if (allow) allowed += 1;
          else refused += 1;
        }
      }
    }
    expect(allowed).toBeGreaterThan(10);
    expect(refused).toBeGreaterThan(30);
  });

  test('what there is not and what is closed are told alike; fields, purpose, case and mode count', async () => {
    const person = await somebody(it.broker.app.broker, 'iskur', {}, { grants: false });
    const closed = { action: 'records', ...stated };
    const none = await told(person, { ...closed, dataset: 'none' });
    expect(none).toEqual({ allow: false, code: 'grant-closed', message: expect.any(String), hint: expect.any(String) });
    for (const dataset of ['__proto__', 'constructor', '10000000146']) expect(await told(person, { ...closed, dataset })).toEqual(none);
    const codes = async (body: object) =>
      (await told(it.person('cgm', 'query'), { action: 'records', dataset: 'iskur.agents', ...body })).code;
    expect(await codes({})).toBe('purpose-missing');
    expect(await codes({ purpose: 'x', case: 'T-1' })).toBe('purpose-refused');
    expect(await codes({ purpose: 'schooling' })).toBe('case-missing');
    expect(await codes({ ...stated, fields: ['none'] })).toBe('grant-closed');
    expect((await told(person, { ...closed, dataset: 'cts.children' })).code).toBe('personal-grant-missing');
    expect((await told(it.person('cgm', 'query'), { action: 'lookup', dataset: 'iskur.agents', ...stated })).allow).toBe(true);
  });

  test('who may do nothing is told so instead', async () => {
    const untrained = await somebody(it.broker.app.broker, 'cgm', { trainedOn: undefined });
    expectProblem(await explain(untrained, { action: 'records', dataset: 'iskur.agents', ...stated }), 403, 'training-missing');
    const elsewhere = await somebody(it.broker.app.broker, 'cgm', { addresses: ['10.0.0.0/8'] });
    expectProblem(await explain(elsewhere, { action: 'records', dataset: 'iskur.agents', ...stated }), 403, 'address-refused');
    expectProblem(await it.api.ask('/v1/access/explain', { body: { action: 'records', dataset: 'x' } }), 401, 'not-authenticated');
  });

  test('malformed questions, and those about somebody else, are refused', async () => {
    const refused = refusedBy(it.broker);
    const authorization = `Bearer ${it.person('cgm', 'query').token}`;
    const good = { action: 'records', dataset: 'iskur.agents', ...stated };
    for (const body of [
      { ...good, person: 1 },
      { ...good, action: 'audit' },
      { ...good, dataset: '' },
      { ...good, fields: [] },
      { ...good, fields: 'status' },
      { ...good, fields: [1] },
      { ...good, mode: 'daily' },
      { ...good, case: '10000000146' },
      { ...good, case: 'x'.repeat(61) },
      { ...good, purpose: null },
      { dataset: 'iskur.agents' },
    ])
      await refused(it.api.ask('/v1/access/explain', { authorization, body }), 400, 'request-invalid', ['10000000146']);
  });
});

import { type Role, roles } from '../../../../src/access/people/person';
import { csv, headings, rowOf } from '../../../access/people/support/forms';
import { somebody } from '../../../support/people';
import { operations } from '../contract';
import { refusedBy } from '../refused';
import { type Ask, closeClean, expectProblem, loggedFor } from '../support';
import { csvType, type Duties, duties, type Somebody } from './administrators';

const on = '2026-01-15';

/** Each duty of personnel administrators, about the person or token of this number; in an order in which all can be done. */
const deeds = (person: number, token: number): [operation: string, where: string, options?: Ask][] => [
  ['listPersonnel', '/v1/personnel?names=true'],
  ['showPerson', `/v1/personnel/${person}`],
  ['importPersonnel', '/v1/personnel/lists?document=E-1', { headers: csvType, body: csv([headings, rowOf(1)]) }],
  ['recordTraining', `/v1/personnel/${person}/training`, { body: { on } }],
  ['recordAcceptance', `/v1/personnel/${person}/acceptance`, { body: { undertaking: 1, on } }],
  ['listTokens', '/v1/tokens'],
  ['issueToken', `/v1/personnel/${person}/tokens`, { body: { label: 'masaüstü', days: 30 } }],
  ['revokeToken', `/v1/tokens/${token}/revocation`, { method: 'POST' }],
  ['removePerson', `/v1/personnel/${person}/removal`, { body: { document: 'E-2' } }],
  ['listUndertakings', '/v1/undertakings'],
];

describe('who may do the duties of personnel administrators', () => {
  let all: Duties;
  let person: Somebody;
  let tokenId: number;
  let refused: ReturnType<typeof refusedBy>;

  beforeAll(async () => {
    all = await duties();
    person = await somebody(all.broker.app.broker, 'cgm');
    const { tokens } = await all.done('listTokens', all.administrators.cgm, `/v1/tokens?person=${person.id}`);
    tokenId = tokens[0].id;
    refused = refusedBy(all.broker);
  });
  afterAll(() => closeClean(all.broker));

  test('these are all of them', () => {
    const described = operations(all.contract.document).filter(({ operation }) => operation.tags.includes('personnel'));
    expect(described.map(({ operation }) => operation.operationId).sort()).toEqual(
      deeds(1, 1)
        .map(([operation]) => operation)
        .sort(),
    );
  });

  test.each(roles.filter((role) => role !== 'personnel'))('%s may none of them, and that is logged', async (role: Role) => {
    const who = await somebody(all.broker.app.broker, 'cgm', { roles: [role] });
    for (const [operation, where, options] of deeds(person.id, tokenId)) {
      const answer = await refused(all.ask(who, where, options), 403, 'role-refused');
      all.contract.expectPromised(operation, answer);
      expect(await loggedFor(all.broker, answer)).toMatchObject([
        { kind: 'access', action: 'personnel', decision: 'refuse', code: 'role-refused', person: who.id, party: 'cgm' },
      ]);
    }
  });

  test('from somebody who may not, no body is read: neither its form nor its size matters', async () => {
    const who = await somebody(all.broker.app.broker, 'cgm');
    const where = '/v1/personnel/lists?document=x';
    const large = Buffer.alloc(3 * 1024 * 1024, 'x');
    await refused(all.ask(who, where, { headers: csvType, body: large }), 403, 'role-refused');
    await refused(all.ask(who, `/v1/personnel/${person.id}/training`, { body: 'zzmark', headers: csvType }), 403, 'role-refused', [
      'zzmark',
    ]);
    await refused(all.ask(who, '/v1/personnel/x'), 403, 'role-refused');
  });

  test('nobody without a token, with one that has ended, untrained or of another undertaking may', async () => {
    const { broker } = all.broker.app;
    const untrained = await somebody(broker, 'cgm', { roles: ['personnel'], trainedOn: '2099-01-01' });
    for (const [operation, where, options] of deeds(person.id, tokenId)) {
      const nobody = await refused(all.api.ask(where, { purpose: null, case: null, ...options }), 401, 'not-authenticated');
      all.contract.expectPromised(operation, nobody);
      await refused(all.ask(untrained, where, options), 403, 'training-missing');
    }
  });

  test('an administrator may all of them, in a province too, each logged as admitted and as done by that person', async () => {
    const administrator = await somebody(all.broker.app.broker, 'cgm', { roles: ['personnel'], province: '01' });
    for (const [operation, where, options] of deeds(person.id, tokenId)) {
      const answer = await all.ask(administrator, where, options);
      expectNoProblem(answer);
      all.contract.expectPromised(operation, answer);
      expect(await loggedFor(all.broker, answer)).toMatchObject([
        { action: 'personnel', decision: 'allow', person: administrator.id, article: 'V.E.4' },
      ]);
    }
    const { rows } = await all.broker.database.db.pool.query(
      `select body::jsonb ->> 'action' as action from audit_entry where body::jsonb ->> 'by' = $1 order by seq`,
      [`person:${administrator.id}`],
    );
    expect(rows.map(({ action }) => action)).toEqual([
      'personnel names',
      'personnel import',
      'personnel train',
      'personnel accept',
      'token issue',
      'token revoke',
      'personnel remove',
    ]);
  });

  test('who has the role no longer is refused at the next request', async () => {
    const administrator = await somebody(all.broker.app.broker, 'cgm', { roles: ['personnel'] });
    expectNoProblem(await all.ask(administrator, '/v1/tokens'));
    const other = all.administrators.cgm;
    await all.done('removePerson', other, `/v1/personnel/${administrator.id}/removal`, { body: { document: 'E-3' } });
    expectProblem(await all.ask(administrator, '/v1/tokens'), 401, 'not-authenticated');
  });
});

const expectNoProblem = (answer: { status: number; text: string }) => expect([answer.status, answer.text]).toEqual([200, answer.text]);

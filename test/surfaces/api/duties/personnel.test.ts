import { completeTckn } from '../../../../src/core/nationalId';
import { somebody } from '../../../support/people';
import { closeClean, expectProblem, loggedFor, logOf } from '../support';
import { auditText, type Duties, duties, type Somebody } from './administrators';

const secrets = ['Zümrüt Gizlioğlu', 'Gizlioğlu', 'Başmüfettiş', 'gizli@kurum.example', completeTckn('612345678')];
const [name, , title, email, nationalId] = secrets as [string, string, string, string, string];
const document = 'E-63781534-010.99-12 sayılı yazı, 01.12.2025';

describe('a personnel administrator over the API', () => {
  let all: Duties;
  let mine: Somebody;
  let theirs: Somebody;
  let cgm: Somebody;

  beforeAll(async () => {
    all = await duties();
    const { broker } = all.broker.app;
    mine = await somebody(broker, 'cgm', { name, title, email, nationalId });
    theirs = await somebody(broker, 'iskur', { name: 'Yabancı Kişi' });
    cgm = all.administrators.cgm;
  });
  afterAll(async () => {
    const [log, audit] = [logOf(all.broker), await auditText(all)];
    for (const secret of [...secrets, 'Yabancı', mine.token]) for (const text of [log, audit]) expect(text).not.toContain(secret);
    await closeClean(all.broker);
  });

  const person = async () => all.done('showPerson', cgm, `/v1/personnel/${mine.id}`);
  const tokenOf = async ({ id }: Somebody, as = cgm) => (await all.done('listTokens', as, `/v1/tokens?person=${id}`)).tokens[0].id;

  test('sees the own party’s people alone, without names', async () => {
    const { personnel } = await all.done('listPersonnel', cgm, '/v1/personnel');
    expect(personnel.map((p: any) => p.id)).toEqual(expect.arrayContaining([mine.id, cgm.id]));
    expect(personnel.map((p: any) => p.id)).not.toContain(theirs.id);
    expect(personnel.find((p: any) => p.id === mine.id)).toEqual({
      id: mine.id,
      unit: 'Merkez',
      province: null,
      roles: ['query'],
      addresses: [],
      validFrom: '2000-01-01',
      validUntil: null,
      trainedOn: '2000-01-01',
      undertaking: 1,
      acceptedOn: '2000-01-01',
      standing: 'active',
    });
    expect(await person()).toEqual(personnel.find((p: any) => p.id === mine.id));
  });

  test('sees names where they are asked for, and that is logged; national ids are shown to nobody', async () => {
    const names = (where: string) => all.ask(cgm, where);
    const listed = await names('/v1/personnel?names=true');
    all.contract.expectPromised('listPersonnel', listed);
    expect(listed.json.personnel.find((p: any) => p.id === mine.id)).toMatchObject({ name, title, email });
    const shown = await names(`/v1/personnel/${mine.id}?names=true`);
    expect(shown.json).toMatchObject({ name, title, email });
    for (const { text } of [listed, shown]) expect(text).not.toMatch(/\d{11}|Yabancı/);
    const { rows } = await all.broker.database.db.pool.query(
      `select body::jsonb -> 'detail' as detail from audit_entry where body::jsonb ->> 'action' = 'personnel names' and body::jsonb ->> 'by' = $1`,
      [`person:${cgm.id}`],
    );
    expect(rows.map(({ detail }) => detail)).toEqual([
      { party: 'cgm', people: listed.json.personnel.length },
      { party: 'cgm', people: 1, person: mine.id },
    ]);
  });

  test('records a training and an acceptance once, and none that is still to come', async () => {
    const train = { body: { on: '2026-01-15', document } };
    const accept = { body: { undertaking: 1, on: '2026-01-16', document } };
    for (const news of [true, false]) {
      expect(await all.done('recordTraining', cgm, `/v1/personnel/${mine.id}/training`, train)).toEqual({ person: mine.id, news });
      expect(await all.done('recordAcceptance', cgm, `/v1/personnel/${mine.id}/acceptance`, accept)).toEqual({ person: mine.id, news });
    }
    expect(await person()).toMatchObject({ trainedOn: '2026-01-15', acceptedOn: '2026-01-16' });
    const later = await all.ask(cgm, `/v1/personnel/${mine.id}/training`, { body: { on: '2099-01-01' } });
    expectProblem(later, 400, 'request-invalid');
    expect((await loggedFor(all.broker, later)).map((l) => [l.decision, l.code])).toEqual([
      ['allow', null],
      ['refuse', 'request-invalid'],
    ]);
    const missing = await all.ask(cgm, `/v1/personnel/${mine.id}/acceptance`, { body: { undertaking: 9, on: '2026-01-16' } });
    expectProblem(missing, 404, 'not-found');
  });

  test('makes a token that works at once, and ends it at once', async () => {
    const body = { label: 'masaüstü', days: 30 };
    const made = await all.done('issueToken', cgm, `/v1/personnel/${mine.id}/tokens`, { body });
    expect(made).toMatchObject({ person: mine.id, token: expect.stringMatching(/^kopru_/) });
    expect((await all.ask(made, '/v1/datasets')).status).toBe(200);
    const { tokens } = await all.done('listTokens', cgm, '/v1/tokens');
    expect(tokens[0]).toMatchObject({ id: made.id, person: mine.id, label: 'masaüstü', expiresAt: made.expiresAt, revokedAt: null });
    expect(JSON.stringify(tokens)).not.toContain('kopru_');
    expect(await all.done('revokeToken', cgm, `/v1/tokens/${made.id}/revocation`, { method: 'POST' })).toEqual({ id: made.id });
    expectProblem(await all.ask(made, '/v1/datasets'), 401, 'not-authenticated');
    const again = await all.ask(cgm, `/v1/tokens/${made.id}/revocation`, { method: 'POST' });
    expectProblem(again, 409, 'state-conflict');
  });

  test('somebody of another party looks like nobody, though it is logged what it was', async () => {
    const token = await tokenOf(theirs, all.administrators.iskur);
    const ways: [string, (id: number) => [string, object?]][] = [
      ['showPerson', (id) => [`/v1/personnel/${id}`]],
      ['showPerson', (id) => [`/v1/personnel/${id}?names=true`]],
      ['recordTraining', (id) => [`/v1/personnel/${id}/training`, { body: { on: '2026-01-15' } }]],
      ['recordAcceptance', (id) => [`/v1/personnel/${id}/acceptance`, { body: { undertaking: 1, on: '2026-01-15' } }]],
      ['recordAcceptance', (id) => [`/v1/personnel/${id}/acceptance`, { body: { undertaking: 99, on: '2026-01-15' } }]],
      ['removePerson', (id) => [`/v1/personnel/${id}/removal`, { body: { document } }]],
      ['issueToken', (id) => [`/v1/personnel/${id}/tokens`, { body: { label: 'x', days: 1 } }]],
      ['listTokens', (id) => [`/v1/tokens?person=${id}`]],
      ['revokeToken', (id) => [`/v1/tokens/${id === theirs.id ? token : id}/revocation`, { method: 'POST' }]],
    ];
    for (const [operation, way] of ways) {
      const found = [];
      for (const [id, code] of [
        [theirs.id, 'party-foreign'],
        [999_999, 'not-found'],
      ] as const) {
        const answer = await all.ask(cgm, ...way(id));
        expectProblem(answer, 404, 'not-found');
        all.contract.expectPromised(operation, answer);
        expect((await loggedFor(all.broker, answer)).map((l) => [l.action, l.decision, l.code])).toEqual([
          ['personnel', 'allow', null],
          ['personnel', 'refuse', code],
        ]);
        const { 'request-id': _id, date: _date, ...headers } = answer.headers;
        found.push({ headers, body: { ...answer.json, instance: '' } });
      }
      expect(found[0]).toEqual(found[1]);
    }
    expect((await all.ask(theirs, '/v1/datasets')).status).toBe(200);
    const seen = await all.done('listPersonnel', all.administrators.iskur, '/v1/personnel');
    expect(seen.personnel.find((p: any) => p.id === theirs.id)).toMatchObject({ standing: 'active', trainedOn: '2000-01-01' });
  });

  test('changes nothing that is recorded of themself, and makes no token for themself; to end one is allowed', async () => {
    const own = `/v1/personnel/${cgm.id}`;
    const before = await all.done('showPerson', cgm, own);
    for (const [operation, deed, body] of [
      ['recordTraining', 'training', { on: '2026-01-15' }],
      ['recordAcceptance', 'acceptance', { undertaking: 1, on: '2026-01-15' }],
      ['removePerson', 'removal', { document }],
      ['issueToken', 'tokens', { label: 'x', days: 1 }],
    ] as const) {
      const answer = await all.ask(cgm, `${own}/${deed}`, { body });
      expectProblem(answer, 403, 'self-refused');
      all.contract.expectPromised(operation, answer);
      expect((await loggedFor(all.broker, answer)).map((l) => l.code)).toEqual([null, 'self-refused']);
    }
    expect(await all.done('showPerson', cgm, own)).toEqual(before);
    const { tokens } = await all.done('listTokens', cgm, `/v1/tokens?person=${cgm.id}`);
    expect(tokens).toHaveLength(1);
    const other = await somebody(all.broker.app.broker, 'cgm', { roles: ['personnel'] });
    await all.done('revokeToken', other, `/v1/tokens/${await tokenOf(other, other)}/revocation`, { method: 'POST' });
    expectProblem(await all.ask(other, '/v1/tokens'), 401, 'not-authenticated');
  });

  test.each([
    ['a T.C. number', `Yazı ${nationalId}`],
    ['one with spaces', `Yazı ${nationalId.replace(/(?=(?:\d{3})+$)/g, ' ')}`],
    ['two lines', 'Yazı\n17'],
    ['NUL', 'Yazı\u0000'],
    ['markup', '<b>17</b>'],
    ['half a character', 'Yazı \ud800'],
    ['a formula', '=1+1'],
    ['nothing', ''],
    ['too much', 'x'.repeat(201)],
  ])('a reference or a label that is %s is refused, and not told again', async (_what, text) => {
    for (const [where, options] of [
      [`/v1/personnel/${mine.id}/removal`, { body: { document: text } }],
      [`/v1/personnel/${mine.id}/training`, { body: { on: '2026-01-15', document: text } }],
      [`/v1/personnel/${mine.id}/tokens`, { body: { label: text, days: 1 } }],
      [`/v1/personnel/lists?document=${encodeURIComponent(text.toWellFormed())}`, { body: 'x', headers: { 'content-type': 'text/csv' } }],
    ] as const) {
      const answer = await all.ask(cgm, where, options);
      expectProblem(answer, 400, 'request-invalid');
      if (text !== '') expect(answer.text).not.toContain(text);
    }
    expect(await person()).toMatchObject({ standing: 'active' });
  });

  test.each(['0', '-1', '1.5', '01', 'x', '9999999999', nationalId, '1%20or%201=1'])('%s is no person’s number', async (id) => {
    const answer = await all.ask(cgm, `/v1/personnel/${id}`);
    expectProblem(answer, 400, 'request-invalid');
    expectProblem(await all.ask(cgm, `/v1/tokens?person=${id}`), 400, 'request-invalid');
    expect(answer.text).not.toContain(nationalId);
  });

  test('the versions of the own party’s undertaking are listed', async () => {
    const { undertakings } = await all.done('listUndertakings', cgm, '/v1/undertakings');
    expect(undertakings).toEqual([{ version: 1, effectiveOn: '2000-01-01', document: 'test' }]);
  });

  // Last: it removes the person.
  test('a removal ends a live token at its next request, and says how many there were', async () => {
    expect((await all.ask(mine, '/v1/datasets')).status).toBe(200);
    const removal = { body: { document } };
    const { tokensEnded } = await all.done('removePerson', cgm, `/v1/personnel/${mine.id}/removal`, removal);
    expect(tokensEnded).toBe(1);
    expectProblem(await all.ask(mine, '/v1/datasets'), 401, 'not-authenticated');
    expect(await person()).toMatchObject({ standing: 'removed' });
    for (const [deed, body] of [
      ['removal', removal.body],
      ['training', { on: '2026-01-15' }],
      ['tokens', { label: 'x', days: 1 }],
    ] as const)
      expectProblem(await all.ask(cgm, `/v1/personnel/${mine.id}/${deed}`, { body }), 409, 'state-conflict');
  });
});

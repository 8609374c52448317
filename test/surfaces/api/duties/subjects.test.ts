import { completeTckn } from '../../../../src/core/nationalId';
import { logged } from '../../../support/audit';
import { truthOf } from '../../../support/truth';
import { closeClean, expectProblem, loggedFor } from '../support';
import { everybody, type Office, office } from './support';

const paper = { receivedOn: '2026-01-15', identity: 'in-person', document: 'B-2026/1' };

describe('people’s requests, over the API', () => {
  let it: Office;
  let known: string;
  const open = async (party: string, id = known) => {
    const answer = await it.ask(it.person(party, 'auditor'), 'openSubjectRequest', '/v1/subject-requests', { body: { ...paper, id } });
    expect([answer.status, answer.text]).toEqual([200, answer.text]);
    return answer.json.request as number;
  };
  const usage = (party: string, request: number, body: object = { id: known }) =>
    it.ask(it.person(party, 'auditor'), 'findUsage', `/v1/subject-requests/${request}/usage`, { body });

  beforeAll(async () => {
    it = await office();
    expect((await it.broker.run('emetip.workers')).status).toBe('succeeded');
    known = String(truthOf(it.broker.standIns, 'emetip.workers')[0]?.nationalId);
    const reader = it.person('cgm', 'query');
    const read = (where: string, body?: object) =>
      it.api.ask(where, { ...(body ? { body } : {}), authorization: `Bearer ${reader.token}`, purpose: 'schooling', case: 'DOSYA-5' });
    expect((await read('/v1/datasets/emetip.workers/record?fields=fullName', { id: known })).status).toBe(200);
    expect((await read('/v1/datasets/emetip.workers/records?limit=1000&fields=season')).status).toBe(200);
    expect((await read('/v1/datasets/emetip.workers/record', { id: completeTckn('412345678') })).status).toBe(404);
  }, 60_000);
  afterAll(() => closeClean(it.broker));

  test('the role that reads the log alone may, and each try is logged', async () => {
    const own = { cgm: await open('cgm'), iskur: await open('iskur') } as Record<string, number>;
    for (const [party, role] of everybody(['cgm', 'iskur'])) {
      const deeds = [
        ['listSubjectRequests', '/v1/subject-requests', {}, 'subject list'],
        ['openSubjectRequest', '/v1/subject-requests', { body: { ...paper, id: known } }, 'subject open'],
        ['findUsage', `/v1/subject-requests/${own[party]}/usage`, { body: { id: known } }, 'subject usage'],
        [
          'answerSubjectRequest',
          `/v1/subject-requests/${own[party]}/answer`,
          { body: { outcome: 'refused', document: 'C' } },
          'subject answer',
        ],
      ] as const;
      for (const [operation, where, options, action] of deeds) {
        const answer = await it.ask(it.person(party, role), operation, where, options);
        const code = role === 'auditor' ? undefined : 'role-refused';
        if (code) expectProblem(answer, 403, code);
        else expect([operation, answer.status]).toEqual([operation, 200]);
        expect((await loggedFor(it.broker, answer))[0]).toMatchObject({
          ...{ kind: 'access', party, person: it.person(party, role).id, action },
          ...{ decision: code ? 'refuse' : 'allow', code: code ?? null },
        });
      }
    }
    expectProblem(await it.api.ask('/v1/subject-requests'), 401, 'not-authenticated');
  });

  test('the view is logged as concerning the person, under the request’s number, and holds nothing of others', async () => {
    const request = await open('cgm');
    const answer = await usage('cgm', request);
    expect(answer.json).toMatchObject({ request, visible: 'all' });
    expect(answer.json.usage).toMatchObject([
      { action: 'Kayıt listesi görüntülendi', receiver: 'cgm', fields: ['Sezon'], officer: 'Görevli 1' },
      {
        action: 'Kayıt sorgulandı',
        receiver: 'cgm',
        purpose: 'Çocukların okullaşma durumunun kontrolü',
        fields: ['Ad Soyad'],
        officer: 'Görevli 1',
      },
    ]);
    expect(answer.text).not.toMatch(/DOSYA|Deneme|127\.0|\d{10}|"records"|"person"/);
    const [entry] = await loggedFor(it.broker, answer);
    expect(entry).toMatchObject({ action: 'subject usage', decision: 'allow', detail: { request } });
    expect(entry?.subjects).toHaveLength(16);
    const page = await usage('cgm', request, { id: known, offset: 2, limit: 1 });
    expect(page.json.usage).toEqual([answer.json.usage[1]]);
    // İŞKUR’s auditor is told what concerns İŞKUR: ÇGM’s reading of its own data does not.
    expect((await usage('iskur', await open('iskur'))).json).toMatchObject({ visible: 'party', usage: [] });
  });

  test('another person’s number, another party’s request and a closed one are refused, and that is logged', async () => {
    const request = await open('cgm');
    const refused = async (party: string, where: number, body: object, status: number, code: string) => {
      const answer = await usage(party, where, body);
      expectProblem(answer, status, code);
      expect((await loggedFor(it.broker, answer)).at(-1)).toMatchObject({ action: 'subject', decision: 'refuse', code });
    };
    await refused('cgm', request, { id: completeTckn('412345678') }, 403, 'subject-refused');
    await refused('iskur', request, { id: known }, 404, 'not-found');
    const close = (party: string) =>
      it.ask(it.person(party, 'auditor'), 'answerSubjectRequest', `/v1/subject-requests/${request}/answer`, {
        body: { outcome: 'answered', document: 'C-1' },
      });
    expectProblem(await close('iskur'), 404, 'not-found');
    expect((await close('cgm')).json).toEqual({ request });
    expectProblem(await close('cgm'), 409, 'state-conflict');
    await refused('cgm', request, { id: known }, 409, 'state-conflict');
    const list = async (query = '') =>
      (await it.ask(it.person('cgm', 'auditor'), 'listSubjectRequests', `/v1/subject-requests${query}`)).json.requests;
    expect((await list()).map(({ id }: { id: number }) => id)).not.toContain(request);
    expect(await list('?closed=true')).toContainEqual(
      expect.objectContaining({ id: request, outcome: 'answered', answerDocument: 'C-1', daysLeft: null, dueOn: '2026-02-14' }),
    );
    expect((await list('?closed=true')).every(({ party }: { party: string }) => party === 'cgm')).toBe(true);
  });

  test('what is malformed is refused before anything is looked at', async () => {
    const request = await open('cgm');
    const before = (await logged(it.broker.database.db, { action: 'subject usage' })).length;
    for (const body of [{}, { id: known, offset: 0 }, { id: known, limit: 1001 }, { id: known, also: 1 }, { id: { a: 1 } }])
      expect([body, (await usage('cgm', request, body)).status]).toEqual([body, 400]);
    expect((await logged(it.broker.database.db, { action: 'subject usage' })).length).toBe(before);
    // A number that is nobody's is refused to whoever may ask; both are logged. To others it makes no difference.
    expect((await usage('cgm', request, { id: '12345678901' })).json).toMatchObject({ code: 'id-invalid' });
    const told = (await logged(it.broker.database.db, { action: 'subject usage' })).slice(before);
    expect(told.map(({ decision, code }) => [decision, code])).toEqual([
      ['allow', null],
      ['refuse', 'id-invalid'],
    ]);
    const other = await it.ask(it.person('cgm', 'statistics'), 'findUsage', `/v1/subject-requests/${request}/usage`, {
      body: { id: '12345678901' },
    });
    expectProblem(other, 403, 'role-refused');
    const auditor = it.person('cgm', 'auditor');
    for (const wrong of [{ document: known }, { identity: 'by-phone' }, { receivedOn: '2099-01-01' }, { receivedOn: 'x' }, { id: '1' }]) {
      const body = { ...paper, id: known, ...wrong };
      expect([wrong, (await it.ask(auditor, 'openSubjectRequest', '/v1/subject-requests', { body })).status]).toEqual([wrong, 400]);
    }
    expectProblem(await it.ask(auditor, 'findUsage', '/v1/subject-requests/0/usage', { body: { id: known } }), 400, 'request-invalid');
  });
});

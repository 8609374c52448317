import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { completeTckn } from '../../../src/core/nationalId';
import { askerOf } from '../../support/asker';
import { logged } from '../../support/audit';
import { type TestBroker, testBroker } from '../../support/broker';
import { somebody } from '../../support/people';
import { truthOf } from '../../support/truth';
import { kopruOn, kopruWithInput } from './support';

const stranger = completeTckn('412345678');

describe('kopru subject and kopru incident', () => {
  let broker: TestBroker;
  let known: string;
  let officer: number;
  const kopru = kopruOn(() => broker.app);
  const withId = kopruWithInput(() => broker.app);
  const json = async (...words: string[]) => JSON.parse((await kopru(...words, '--json')).out);

  beforeAll(async () => {
    broker = await testBroker({ agents: 10, workers: 10, children: 10 });
    await broker.run('iskur.agents');
    known = String(truthOf(broker.standIns, 'iskur.agents')[0]?.nationalId);
    await broker.app.door.record(askerOf('cgm'), 'iskur.agents', {}, known, ['status']);
    await broker.app.api(broker.tls);
    const credentials = path.join(broker.folder, 'secrets/credentials');
    mkdirSync(credentials, { recursive: true });
    for (const [party, role] of [
      ['cgm', 'auditor'],
      ['cgm', 'query'],
      ['iskur', 'auditor'],
    ] as const) {
      const { id, token } = await somebody(broker.app.broker, party, { roles: [role] });
      if (party === 'cgm' && role === 'auditor') officer = id;
      writeFileSync(path.join(credentials, `${party}-${role}.token`), token);
    }
  });
  afterAll(() => broker.close());

  test('a request is opened, listed, looked into by a person with the role, and answered', async () => {
    const paper = ['--received', '2026-01-15', '--identity', 'in-person', '--document', 'B-1'];
    const opened = await withId(`${known}\n`, 'subject', 'open', '--party', 'cgm', '--officer', String(officer), ...paper);
    expect(opened).toEqual({ code: 0, err: '', out: 'It is recorded as request 1.\n' });
    expect((await kopru('subject', 'list')).out).toMatch(/1 +│ cgm +│ 2026-01-15 +│ 2026-02-14 +│ -\d+ +│ in-person +│ B-1/);
    expect(await json('subject', 'list', '--party', 'iskur')).toEqual([]);
    const usage = (id: string, as: string, ...more: string[]) => withId(id, 'subject', 'usage', '1', '--as', as, ...more);
    expect((await usage(known, 'cgm-auditor')).out).toMatch(
      /Kayıt sorgulandı +│ Çalışma Genel Müdürlüğü +│ Merkez +│ .*│ Durum +│ Görevli 1/,
    );
    expect(JSON.parse((await usage(known, 'cgm-auditor', '--json', '--offset', '2', '--limit', '5')).out)).toEqual({
      ...{ request: 1, visible: 'all', usage: [] },
    });
    for (const [id, as, code, told] of [
      [known, 'cgm-query', 4, '[role-refused]'],
      [known, 'iskur-auditor', 3, '[not-found]'],
      [stranger, 'cgm-auditor', 4, '[subject-refused]'],
      ['', 'cgm-auditor', 2, '[usage]'],
    ] as const) {
      const refused = await usage(id, as);
      expect(refused).toEqual({ code, out: '', err: expect.stringContaining(told) });
      expect(refused.err).not.toMatch(/\d{11}/);
    }
    expect(await kopru('subject', 'usage', '1')).toMatchObject({ code: 2, err: expect.stringContaining('--as') });
    expect((await kopru('subject', 'answer', '1', '--outcome', 'answered', '--document', 'C-1')).out).toBe('The request 1 is closed.\n');
    expect(await json('subject', 'list')).toEqual([]);
    expect(await json('subject', 'list', '--closed')).toMatchObject([{ id: 1, outcome: 'answered' }]);
    expect(await usage(known, 'cgm-auditor')).toMatchObject({ code: 3, err: expect.stringContaining('[state-conflict]') });
  });

  test('a breach: opened, noted, notices written and sent, closed', async () => {
    const what = ['--kind', 'breach', '--what', 'Yanlış kuruma gönderildi', '--data', 'iskur.agents=fullName,status'];
    expect((await kopru('incident', 'open', ...what, '--aware', '2026-01-15T12:00', '--people', '3', '--from', '1')).out).toMatch(
      /^The incident 1 is open\./,
    );
    expect((await kopru('incident', 'list', '--open')).out).toMatch(/1 +│ breach +│ cgm +│ iskur +│ .*owner-notice: .*\(overdue\)/);
    const noted = ['--text', 'Dosya silindi', '--measures', 'Erişim kapatıldı', '--contact', 'Bilgi Güvenliği'];
    expect((await kopru('incident', 'note', '1', ...noted)).out).toBe('It is recorded of the incident 1: noted.\n');
    const file = path.join(broker.folder, 'notice.md');
    expect((await kopru('incident', 'notice', '1', '--to', 'owner', '--out', file)).out).toBe(`The notice is in ${file}.\n`);
    expect(readFileSync(file, 'utf8')).toMatch(/^# Veri ihlali bildirimi\n[\s\S]*Ek-2 3\.3[\s\S]*Erişim kapatıldı[\s\S]*Bilgi Güvenliği/);
    expect(await kopru('incident', 'notice', '1', '--to', 'owner', '--out', file)).toMatchObject({ code: 2 });
    expect((await kopru('incident', 'notice', '1', '--to', 'authority')).out).toContain('Kişisel Verileri Koruma Kurumu');
    for (const to of ['owner', 'authority']) {
      const words = ['incident', 'notify', '1', '--to', to, '--document', 'E-1', '--at', '2026-01-15T13:00'];
      expect((await kopru(...words)).out).toBe(`It is recorded of the incident 1: ${to}-notified.\n`);
    }
    expect((await kopru('incident', 'close', '1', '--document', 'E-2', '--text', 'bitti')).code).toBe(0);
    const { out } = await kopru('incident', 'show', '1');
    expect(out).toMatch(/^Incident 1: breach, closed; at cgm, data of iskur/);
    expect(out).toMatch(/owner-notice +│ Ek-2 3\.3 +│ .* met/);
    expect(out).toMatch(/noted.*Dosya silindi/);
    expect(await json('incident', 'list', '--open')).toEqual([]);
    expect(await json('incident', 'list', '--party', 'iskur', '--limit', '5')).toMatchObject([{ id: 1, status: 'closed' }]);
  });

  test('compelled: the order is told, and what is not such an incident is dismissed', async () => {
    const what = ['--kind', 'compelled', '--what', 'Mahkeme sordu', '--receiver', 'Mahkeme', '--ground', '2026/12 E.'];
    await kopru('incident', 'open', ...what, '--data', 'iskur.agents=fullName');
    const disclose = () => kopru('incident', 'disclose', '2', '--data', 'iskur.agents=fullName', '--document', 'E-5', '--people', '1');
    expect(await disclose()).toEqual({ code: 3, out: '', err: expect.stringMatching(/only after prior-notice.*\[state-conflict\]\n$/) });
    await kopru('incident', 'notify', '2', '--to', 'prior', '--document', 'E-4');
    expect(await disclose()).toMatchObject({ code: 0 });
    expect((await kopru('incident', 'notice', '2', '--to', 'scope')).out).toContain(
      '## Açıklanan veri türleri\n\n- Tarım aracıları: Ad Soyad\n',
    );
    await kopru('incident', 'open', ...what, '--party', 'cgm', '--data', 'iskur.agents=fullName');
    expect((await kopru('incident', 'dismiss', '3', '--document', 'E-6', '--text', 'geri alındı')).code).toBe(0);
    expect(await json('incident', 'show', '3')).toMatchObject({ status: 'dismissed' });
  });

  test('its part of the log goes out as evidence, to the host’s auditor alone', async () => {
    const out = path.join(broker.folder, 'evidence');
    const bundle = (incident: string, as: string) => kopru('incident', 'bundle', incident, '--as', as, '--out', out);
    expect(await bundle('1', 'iskur-auditor')).toMatchObject({ code: 4, err: expect.stringContaining('[not-authorised]') });
    expect(await bundle('1', 'cgm-query')).toMatchObject({ code: 4, err: expect.stringContaining('[role-refused]') });
    expect(await bundle('3', 'cgm-auditor')).toMatchObject({ code: 3, err: expect.stringContaining('No part of the log') });
    expect((await bundle('1', 'cgm-auditor')).out).toMatch(/entries 1 to \d+, 1 checkpoints/);
    expect(readdirSync(out)).toContain('verify.mjs');
    expect((await logged(broker.database.db, { action: 'incident bundle', decision: 'allow' })).at(-1)).toMatchObject({
      ...{ party: 'cgm', person: officer, detail: { incident: 1 } },
    });
  });

  test('watch looks through the log, and says what it opened', async () => {
    expect((await kopru('incident', 'watch')).out).toMatch(/^Counted up to entry \d+; nothing\.\n$/);
    await broker.app.broker.audit.append({
      ...{ at: new Date(), requestId: 'x', kind: 'access', party: 'iskur', person: 77, decision: 'allow' },
      ...{ action: 'export', dataset: 'emetip.workers', fields: ['season'], records: 1_000_000 },
    });
    expect(await json('incident', 'watch')).toEqual({ to: expect.any(Number), opened: [4] });
    expect((await kopru('incident', 'show', '4')).out).toMatch(/^Incident 4: harvesting, open; at iskur, reading of person 77 on /);
  });

  test('what is wrong is told in one sentence', async () => {
    const open = ['incident', 'open', '--kind', 'breach', '--what', 'x', '--data', 'iskur.agents=fullName'];
    for (const [words, code, sentence] of [
      [['incident', 'show', '99'], 3, /\[not-found\]/],
      [['incident', 'show', 'x'], 2, /\[usage\]/],
      [['incident', 'notice', '1', '--to', 'everybody'], 2, /owner, authority, prior, scope.*\[usage\]/],
      [['incident', 'notify', '1', '--to', 'everybody', '--document', 'x'], 2, /\[usage\]/],
      [[...open, '--aware', 'yesterday'], 2, /\[request-invalid\]/],
      [[...open, '--what', `dosya ${stranger}`], 2, /national id.*\[request-invalid\]/],
      [[...open, '--people', 'many'], 2, /\[usage\]/],
      [['incident', 'open'], 2, /required option/],
    ] as [string[], number, RegExp][]) {
      const told = await kopru(...words);
      expect([words, told]).toEqual([words, { code, out: '', err: expect.stringMatching(sentence) }]);
      expect(told.err).not.toMatch(/\d{11}/);
    }
  });
});

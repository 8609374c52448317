import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { istanbulDate } from '../../../src/core/dates';
import { askerOf } from '../../support/asker';
import { logged } from '../../support/audit';
import { type TestBroker, testBroker } from '../../support/broker';
import { somebody } from '../../support/people';
import { truthOf } from '../../support/truth';
import { kopruOn, kopruWithInput } from './support';

describe('kopru audit', () => {
  let broker: TestBroker;
  const people = { cgm: 0, iskur: 0 };

  const kopru = kopruOn(() => broker.app);

  beforeAll(async () => {
    broker = await testBroker({ agents: 10, workers: 10, children: 10 });
    await broker.run('iskur.agents');
    await broker.app.door.records(askerOf('cgm', { requestId: 'r1' }), 'iskur.agents', {}, { limit: 1 });
    await broker.app.api(broker.tls);
    const credentials = path.join(broker.folder, 'secrets/credentials');
    mkdirSync(credentials, { recursive: true });
    for (const party of ['cgm', 'iskur'] as const) {
      for (const role of ['auditor', 'query'] as const) {
        const { id, token } = await somebody(broker.app.broker, party, { roles: [role] });
        if (role === 'auditor') people[party] = id;
        writeFileSync(path.join(credentials, `${party}-${role}.token`), token);
      }
    }
  });
  afterAll(() => broker.close());

  test('list shows an auditor the newest entries, and that it was read', async () => {
    const { code, out } = await kopru('audit', 'list', '--as', 'cgm-auditor', '--limit', '2');
    expect(code).toBe(0);
    expect(out).toMatch(/│ cgm +│ audit .*\n.*│ cgm +│ records +│ iskur\.agents.*Older ones: --before \d+\n$/s);
    const of = async (...words: string[]) => JSON.parse((await kopru('audit', 'list', '--as', 'cgm-auditor', '--json', ...words)).out);
    expect(await of('--action', 'records')).toMatchObject([{ party: 'cgm', requestId: 'r1', grant: 'cgm-agents', decision: 'allow' }]);
    expect(await of('--since', '2024-01-01', '--limit', '1')).toMatchObject([{ action: 'audit', party: 'cgm', person: people.cgm }]);
    expect(await of('--since', '2199-01-01')).toEqual([]);
    expect(await of('--until', '2024-01-01')).toEqual([]);
    const all = await of('--limit', '1500');
    expect(all.map((entry: { seq: number }) => entry.seq)).toEqual(Array.from({ length: all.length }, (_, i) => all.length - i));
    expect((await of('--limit', '1500', '--before', '3')).map((entry: { seq: number }) => entry.seq)).toEqual([2, 1]);
    expect((await of('--person', String(people.cgm), '--decision', 'allow')).length).toBeGreaterThan(3);
    for (const words of [
      ['--since', 'today'],
      ['--since', '2026-02-30'],
      ['--limit', 'x'],
      ['--before', 'x'],
      ['--decision', 'maybe'],
    ])
      expect([words, await kopru('audit', 'list', '--as', 'cgm-auditor', ...words)]).toMatchObject([words, { code: 2, out: '' }]);
  });

  test('list and bundle want a person with the auditor’s role, and the bundle one of the host', async () => {
    const out = path.join(broker.folder, 'refused');
    for (const command of [['list'], ['bundle', '--out', out]]) {
      expect(await kopru('audit', ...command)).toMatchObject({ code: 2, err: expect.stringContaining('--as') });
      const of = (who: string, ...words: string[]) => kopru('audit', ...command, '--as', who, ...words);
      expect(await of('cgm-nobody')).toMatchObject({ code: 4, err: expect.stringContaining('[not-authenticated]') });
      expect(await of('../x')).toMatchObject({ code: 2, err: expect.stringContaining('[usage]') });
      expect(await of('cgm-query')).toMatchObject({ code: 4, err: expect.stringContaining('[role-refused]') });
      writeFileSync(path.join(broker.folder, 'made-up'), 'kopru_x\n');
      expect(await of('cgm-auditor', '--token-file', path.join(broker.folder, 'made-up'))).toMatchObject({
        code: 4,
        err: expect.stringContaining('[not-authenticated]'),
      });
    }
    expect(JSON.parse((await kopru('audit', 'list', '--as', 'iskur-auditor', '--json')).out)).toMatchObject([
      { action: 'audit', party: 'iskur', person: people.iskur },
      { action: 'records', requestId: 'r1', dataset: 'iskur.agents' },
    ]);
    expect(await kopru('audit', 'bundle', '--out', out, '--as', 'iskur-auditor')).toMatchObject({
      code: 4,
      err: expect.stringContaining('[not-authorised]'),
    });
    expect(existsSync(out)).toBe(false);
    expect(await logged(broker.database.db, { action: 'audit bundle' })).toMatchObject([
      { party: 'cgm', decision: 'refuse', code: 'role-refused' },
      { party: 'iskur', person: people.iskur, decision: 'refuse', code: 'not-authorised' },
    ]);
  });

  test('search lists the entries about one person, whose number comes on standard input, and is one itself', async () => {
    const known = String(truthOf(broker.standIns, 'iskur.agents')[0]?.nationalId);
    await broker.app.door.record(askerOf('cgm', { requestId: 'r2' }), 'iskur.agents', {}, known);
    const search = kopruWithInput(() => broker.app);
    const of = (id: string, ...words: string[]) => search(`${id}\n`, 'audit', 'search', '--as', 'cgm-auditor', ...words);
    const since = ['--since', istanbulDate(new Date(Date.now() - 24 * 3_600_000))];
    const found = JSON.parse((await of(known, ...since, '--json')).out);
    expect(found).toMatchObject([
      { action: 'audit subject', person: people.cgm },
      { action: 'record', requestId: 'r2' },
    ]);
    const { out } = await of(known, ...since, '--limit', '1', '--before', String(found[0].seq));
    expect(out).toMatch(/│ cgm +│ record .*Older ones: --before \d+\n$/s);
    expect(out).not.toContain(known);
    expect(await search(known, 'audit', 'search', '--as', 'cgm-query', ...since)).toMatchObject({
      code: 4,
      err: expect.stringContaining('[role-refused]'),
    });
    for (const [id, words, err] of [
      ['', since, '[usage]'],
      [known, ['--since', 'today'], '[usage]'],
      [known, [...since, '--before', 'x'], '[usage]'],
      [known, ['--since', '2020-01-01'], '[request-invalid]'],
      ['12345678901', since, '[id-invalid]'],
      [known, [], '--since'],
    ] as [string, string[], string][]) {
      const told = await of(id, ...words);
      expect([words, told]).toMatchObject([words, { code: 2, out: '', err: expect.stringContaining(err) }]);
      expect(told.err).not.toMatch(/\d{11}/);
    }
  });

  test('checkpoint anchors the log, verify tells how far, bundle hands it out', async () => {
    expect((await kopru('audit', 'verify')).out).toMatch(/No checkpoint anchors them yet/);
    expect((await kopru('audit', 'checkpoint')).out).toMatch(/Entry \d+ is anchored with the key [0-9a-f]{16}\./);
    expect((await kopru('audit', 'checkpoint')).out).toMatch(/Nothing was logged since/);
    await kopru('audit', 'list', '--as', 'cgm-auditor');
    const { code, out } = await kopru('audit', 'verify');
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/are whole and in order.*; 1 after it are not yet anchored/s) });
    expect(readdirSync(path.join(broker.folder, 'audit'))).toEqual(['checkpoints.ndjson', expect.stringMatching(/^public-/)]);
    const folder = path.join(broker.folder, 'evidence');
    const bundle = (...words: string[]) => kopru('audit', 'bundle', '--as', 'cgm-auditor', '--out', folder, ...words);
    expect((await bundle('--from', '2', '--to', '2099-12-31')).out).toMatch(/entries 2 to \d+, 2 checkpoints/);
    expect(readdirSync(folder)).toContain('verify.mjs');
    expect(await bundle()).toMatchObject({ code: 2, err: expect.stringContaining('[folder-unusable]') });
    expect((await logged(broker.database.db, { action: 'audit bundle' })).slice(-3)).toMatchObject([
      { kind: 'access', party: 'cgm', person: people.cgm, decision: 'allow' },
      { kind: 'operation', by: `person:${people.cgm}` },
      { kind: 'access', party: 'cgm', person: people.cgm },
    ]);
  });

  test('verify ends otherwise than with 0 when the log is bad, and names the entry', async () => {
    const sql = (text: string) => broker.database.db.pool.query(text);
    await sql('alter table audit_entry disable trigger user');
    await sql(`update audit_entry set body = replace(body, 'allow', 'refuse') where seq = 2`);
    const { code, err } = await kopru('audit', 'verify');
    expect({ code, err }).toEqual({ code: 6, err: expect.stringMatching(/entry 2 does not fit its hash.*\[audit-broken\]/s) });
    const file = path.join(broker.folder, 'audit/checkpoints.ndjson');
    const { code: again, out } = await kopru('audit', 'verify', '--json', '--checkpoint', file, file);
    expect(again).toBe(6);
    expect(out).toMatch(/"firstBad": \{\s+"seq": 2,/);
  });
});

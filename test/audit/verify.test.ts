import { generateKeyPairSync } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkpointLine, signCheckpoint } from '../../src/audit/checkpoint';
import { brokenLog, checkpointAudit, checkpointIfDue, verifyAudit } from '../../src/operations/audit';
import { type AuditedBroker, audited } from './support';

/** Makes the hashes fit again from an entry on, as somebody would who knows how. */
const rechain = (from: number) => `do $$ declare e record; h bytea; begin
  select coalesce((select hash from audit_entry where seq = ${from} - 1), decode(repeat('00', 32), 'hex')) into h;
  for e in select * from audit_entry where seq >= ${from} order by seq loop
    h := sha256(h || int8send(e.seq) || sha256(convert_to(e.body, 'UTF8')) || sha256(coalesce(e.subjects, '')));
    update audit_entry set hash = h where seq = e.seq;
  end loop; end $$`;
/** Makes room before an entry, or closes the room that one left. */
const move = (from: number, by: number) => [
  `update audit_entry set seq = -(seq + ${by}) where seq >= ${from}`,
  'update audit_entry set seq = -seq where seq < 0',
];
const edit = (seq: number) => `update audit_entry set body = replace(body, 'record', 'export'), action = 'export' where seq = ${seq}`;
const copy = (of: number, to: number) =>
  `insert into audit_entry select ${to}, at, kind, party, person, action, dataset, decision, body, subjects, hash from audit_entry where seq = ${of}`;

describe('the verification of the audit log', () => {
  let log: AuditedBroker;
  const seen = async (files?: string[]) => {
    const { hash: _, ...verdict } = await verifyAudit(log.broker, { files });
    return verdict;
  };

  // Twenty entries, anchored up to the fourth and to the twelfth.
  beforeEach(async () => {
    log = await audited();
    await log.add(4);
    await checkpointAudit(log.broker);
    await log.add(8);
    await checkpointAudit(log.broker);
    await log.add(8);
  });
  afterEach(() => log.close());

  test('what is whole is whole, and the tail that is not anchored is told', async () => {
    expect(await seen()).toEqual({ entries: 20, anchoredTo: 12, unanchored: 8 });
    expect(brokenLog(await verifyAudit(log.broker))).toBeUndefined();
    await checkpointAudit(log.broker);
    expect(await seen()).toEqual({ entries: 20, anchoredTo: 20, unanchored: 0 });
  });

  test.each<[string, string[], number, string]>([
    ['an edited entry', [edit(5)], 5, 'does not fit its hash'],
    ['an edited entry after the last checkpoint', [edit(17)], 17, 'does not fit its hash'],
    ['an edited hash', [`update audit_entry set hash = sha256(hash) where seq = 9`], 9, 'does not fit its hash'],
    ['an edited column', [`update audit_entry set party = 'cgm' where seq = 7`], 7, 'another party in its column'],
    ['an emptied column', ['update audit_entry set action = null where seq = 7'], 7, 'another action in its column'],
    ['an edited time', [`update audit_entry set at = at - interval '1 second' where seq = 7`], 7, 'another at in its column'],
    ['other subjects', [`update audit_entry set subjects = decode(repeat('ff', 16), 'hex') where seq = 6`], 6, 'does not fit its hash'],
    ['removed subjects', ['update audit_entry set subjects = null where seq = 6'], 6, 'does not fit its hash'],
    ['a copy at the end', [copy(20, 21)], 21, 'does not fit its hash'],
    ['an entry before the first', [copy(1, 0)], 0, 'one too many'],
    ['an entry put between', [...move(9, 1), copy(8, 9)], 9, 'does not fit its hash'],
    ['a deleted entry', ['delete from audit_entry where seq = 8'], 8, 'is missing'],
    ['the deleted first entry', ['delete from audit_entry where seq = 1'], 1, 'is missing'],
    ['a deleted entry, the gap closed', ['delete from audit_entry where seq = 8', ...move(9, -1)], 8, 'does not fit its hash'],
    [
      'two entries swapped',
      ['update audit_entry set seq = -9 + seq where seq in (4, 5)', 'update audit_entry set seq = -seq where seq < 0'],
      4,
      'does not fit',
    ],
    ['a tail cut before the checkpoint', ['delete from audit_entry where seq >= 10'], 10, 'had 12 entries'],
    ['a log emptied', ['truncate audit_entry'], 1, 'had 4 entries'],
    ['a log rewritten from an entry on', [edit(6), rechain(6)], 12, 'was rewritten'],
    ['a log rewritten from the beginning', [edit(1), rechain(1)], 4, 'was rewritten'],
    [
      'a log cut, and filled up again',
      ['delete from audit_entry where seq > 10', copy(9, 11), copy(9, 12), rechain(11)],
      12,
      'was rewritten',
    ],
  ])('%s is found and named', async (_what, statements, seq, why) => {
    await log.tamper(...statements);
    const found = await seen();
    expect(found).toMatchObject({ entries: seq === 0 ? 0 : seq - 1, firstBad: { seq, why: expect.stringContaining(why) } });
    expect(found.anchoredTo).toBe(seq > 12 ? 12 : seq > 4 ? 4 : 0);
    expect(brokenLog(await verifyAudit(log.broker))).toMatchObject({
      code: 'audit-broken',
      message: expect.stringContaining(`entry ${seq} `),
    });
    // The checkpoints that count are those outside: without the ones in the database it is the same.
    await log.tamper('truncate audit_checkpoint');
    expect(await seen()).toEqual(found);
  });

  test.each<[string, string[]]>([
    ['an entry was edited since the last one', [edit(17)]],
    ['the last one’s entry is gone', ['delete from audit_entry where seq >= 10']],
    ['the log was rewritten before it', [edit(6), rechain(6)]],
    ['everything was rewritten, the checkpoints in the database taken out', [edit(1), rechain(1), 'truncate audit_checkpoint']],
  ])('no checkpoint is made that would bless what is broken: %s', async (_what, statements) => {
    await log.tamper(...statements);
    await expect(checkpointAudit(log.broker)).rejects.toMatchObject({ code: 'audit-broken' });
    log.pass(61);
    await expect(checkpointIfDue(log.broker)).rejects.toMatchObject({ code: 'audit-broken' });
  });

  test('what is rewritten or cut after the last checkpoint cannot be seen: that is what is told as not anchored', async () => {
    await log.tamper(edit(15), rechain(15), 'delete from audit_entry where seq > 18');
    expect(await seen()).toEqual({ entries: 18, anchoredTo: 12, unanchored: 6 });
  });

  test('a checkpoint kept elsewhere tells of it, when the folder and the table were rewritten too', async () => {
    const elsewhere = path.join(log.folder, 'elsewhere');
    await mkdir(elsewhere);
    const file = path.join(log.checkpoints, 'checkpoints.ndjson');
    await copyFile(file, path.join(elsewhere, 'kept.ndjson'));
    await log.tamper(edit(6), rechain(6), 'delete from audit_checkpoint where seq = 12');
    await writeFile(file, (await readFile(file, 'utf8')).split('\n')[0] as string);
    expect(await seen()).toEqual({ entries: 20, anchoredTo: 4, unanchored: 16 });
    expect(await seen([path.join(elsewhere, 'kept.ndjson')])).toMatchObject({ firstBad: { seq: 12 }, anchoredTo: 4 });
    await expect(seen([path.join(elsewhere, 'gone.ndjson')])).rejects.toMatchObject({ code: 'usage' });
  });

  test('a checkpoint of a foreign key, or one that was edited, is none', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    await log.tamper(edit(15), rechain(15));
    const { rows } = await log.database.db.pool.query('select hash from audit_entry where seq = 16');
    const foreign = signCheckpoint(privateKey, { agreement: 'x', seq: 16, hash: rows[0].hash, at: new Date() });
    await log.database.db.pool.query(`insert into audit_checkpoint values (16, '${foreign.keyId}', now(), $1)`, [checkpointLine(foreign)]);
    expect(await seen()).toMatchObject({ firstBad: { seq: 16, why: expect.stringContaining('no known key') }, anchoredTo: 12 });
    await log.tamper(
      'delete from audit_checkpoint where seq = 16',
      `update audit_checkpoint set line = replace(line, '"seq":12', '"seq":14')`,
    );
    expect(await seen()).toMatchObject({ firstBad: { seq: 14, why: expect.stringContaining('no known key') }, anchoredTo: 12 });
    await log.tamper(`update audit_checkpoint set line = 'x' where seq = 4`);
    await expect(seen()).rejects.toMatchObject({ code: 'audit-broken' });
  });

  test('the schedule anchors what came, once an hour', async () => {
    const anchored = async () => (await seen()).anchoredTo;
    await checkpointIfDue(log.broker);
    expect(await anchored()).toBe(12);
    log.pass(61);
    await checkpointIfDue(log.broker);
    expect(await anchored()).toBe(20);
    log.pass(61);
    await checkpointIfDue(log.broker);
    expect((await readFile(path.join(log.checkpoints, 'checkpoints.ndjson'), 'utf8')).trim().split('\n')).toHaveLength(3);
  });

  test('a lost key is not replaced unless it is said, and what the old one signed stays proven', async () => {
    await rm(path.join(log.folder, 'secrets/audit-key.pem'));
    await expect(checkpointAudit(log.broker)).rejects.toMatchObject({ code: 'key-missing' });
    expect(await checkpointAudit(log.broker, { newKey: true })).toMatchObject({ seq: 20 });
    expect(await seen()).toEqual({ entries: 20, anchoredTo: 20, unanchored: 0 });
    expect(await checkpointAudit(log.broker)).toBeUndefined();
  });
});

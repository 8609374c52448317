import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { timestampAuthority } from '../../src/infra/timestamps';
import { bundleAudit, checkpointAudit } from '../../src/operations/audit';
import { provenTimes, timestampNewest, timestampPatiently } from '../../src/operations/auditTimestamps';
import { hasOpenssl, type TestAuthority, testTimestampAuthority } from '../support/timestampAuthority';
import { type AuditedBroker, audited } from './support';

if (!hasOpenssl) console.error('SKIPPED: no openssl on this machine, so timestamps of checkpoints are not tested.');

(hasOpenssl ? describe : describe.skip)('timestamps of checkpoints', () => {
  let authority: TestAuthority;
  let log: AuditedBroker;

  beforeAll(async () => {
    authority = await testTimestampAuthority();
  });
  afterAll(() => authority.stop());
  beforeEach(async () => {
    authority.fail(undefined);
    authority.useCertificate('tsa');
    log = await audited();
    log.broker.anchor.timestamps = timestampAuthority(authority.url, authority.caFile);
    await log.add(3);
    await checkpointAudit(log.broker);
  });
  afterEach(() => log.close());

  const file = () => path.join(log.checkpoints, 'timestamps.ndjson');
  /** Since tests' authorities have the machine's clock. */
  const lately = (at: Date) => Math.abs(at.getTime() - Date.now()) < 60_000;

  test('the newest checkpoint is stamped once, and proven', async () => {
    const before = authority.asked();
    const made = await timestampNewest(log.broker);
    expect(made).toEqual({ seq: 3, at: expect.any(Date), by: 'O=Deneme, CN=tsa' });
    expect(lately(made?.at as Date)).toBe(true);
    expect(await timestampNewest(log.broker)).toBeUndefined();
    expect(authority.asked()).toBe(before + 1);
    await log.add(2);
    expect(await provenTimes(log.broker)).toEqual(made);
    await checkpointAudit(log.broker);
    expect(await timestampNewest(log.broker)).toMatchObject({ seq: 5 });
    expect(await provenTimes(log.broker)).toMatchObject({ seq: 5 });
  });

  test('without an authority nothing is stamped and nothing told', async () => {
    log.broker.anchor.timestamps = undefined;
    expect([await timestampNewest(log.broker), await provenTimes(log.broker)]).toEqual([undefined, undefined]);
  });

  test.each([
    ['refuses', 'the authority refused, with status 2'],
    ['replays', 'the answer is to another request'],
    ['stamps something else', 'it is about something else'],
    ['is down', 'it answered with HTTP 503'],
    ['chatters', 'the answer is no time-stamp response'],
    ['redirects', 'it answered with HTTP 307'],
  ] as const)('an authority that %s: the checkpoint stays, and nothing is kept of its answer', async (fault, why) => {
    await timestampNewest(log.broker);
    await log.add(1);
    await checkpointAudit(log.broker);
    const kept = await readFile(file(), 'utf8');
    authority.fail(fault);
    await expect(timestampNewest(log.broker)).rejects.toMatchObject({
      code: 'timestamp-failed',
      message: `The checkpoint at entry 4 got no timestamp: ${why}.`,
    });
    expect(await readFile(file(), 'utf8')).toBe(kept);
    expect(await provenTimes(log.broker)).toMatchObject({ seq: 3 });
    authority.fail(undefined);
    expect(await timestampNewest(log.broker)).toMatchObject({ seq: 4 });
  });

  test('an authority that nobody trusts, or whose certificate is for other things too, stamps nothing', async () => {
    log.broker.anchor.timestamps = timestampAuthority(authority.url, authority.foreignCaFile);
    await expect(timestampNewest(log.broker)).rejects.toThrow('not that of a trusted authority');
    log.broker.anchor.timestamps = timestampAuthority(authority.url, authority.caFile);
    authority.useCertificate('signing');
    await expect(timestampNewest(log.broker)).rejects.toThrow('its signer’s certificate is not one for time stamps alone');
    await expect(readFile(file())).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a schedule asks an authority that fails now and then only', async () => {
    const timestamp = timestampPatiently(log.broker);
    authority.fail('is down');
    const before = authority.asked();
    await expect(timestamp()).rejects.toMatchObject({ code: 'timestamp-failed' });
    for (let i = 0; i < 3; i += 1) await timestamp();
    expect(authority.asked()).toBe(before + 1);
    authority.fail(undefined);
    log.pass(10);
    await timestamp();
    expect(await provenTimes(log.broker)).toMatchObject({ seq: 3 });
  });

  test('one that was put beside another checkpoint, or changed anywhere, is found', async () => {
    await timestampNewest(log.broker);
    await log.add(1);
    await checkpointAudit(log.broker);
    await timestampNewest(log.broker);
    const whole = await readFile(file(), 'utf8');
    const lines = whole
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { about: string; token: string });
    const [first, second] = lines as [{ about: string; token: string }, { about: string; token: string }];
    await writeFile(file(), JSON.stringify({ about: first.about, token: second.token }));
    await expect(provenTimes(log.broker)).rejects.toMatchObject({
      code: 'audit-broken',
      message: 'The timestamp of the checkpoint at entry 3 proves nothing: it is about something else.',
    });
    const token = Buffer.from(first.token, 'base64');
    // The time that the authority signed, its signature, and a cut token.
    const time = token.indexOf(Buffer.from('2026')) > 0 ? token.indexOf(Buffer.from('2026')) : token.indexOf(Buffer.from('20'));
    for (const changed of [flipped(token, time + 5), flipped(token, token.length - 5), token.subarray(0, token.length - 9)]) {
      await writeFile(file(), JSON.stringify({ about: first.about, token: changed.toString('base64') }));
      await expect(provenTimes(log.broker)).rejects.toMatchObject({ code: 'audit-broken' });
    }
    await writeFile(file(), 'no line of ours\n');
    await expect(provenTimes(log.broker)).rejects.toMatchObject({
      code: 'audit-broken',
      message: expect.stringContaining('is no timestamp'),
    });
    await writeFile(file(), whole);
    expect(await provenTimes(log.broker)).toMatchObject({ seq: 4 });
  });

  test('evidence carries them, and openssl alone proves them', async () => {
    await timestampNewest(log.broker);
    await log.add(2);
    const out = path.join(log.folder, 'evidence');
    expect(await bundleAudit(log.broker, out, {}, 'test')).toMatchObject({ to: 6, checkpoints: 2, timestamps: 2 });
    for (const seq of [3, 6]) {
      const files = { data: path.join(out, `checkpoint-${seq}.json`), token: path.join(out, `checkpoint-${seq}.tst`) };
      expect(authority.prove(files)).toContain('Verification: OK');
    }
    expect(await readFile(path.join(out, 'README.txt'), 'utf8')).toContain('openssl ts -verify');
    const verify = () => String(execFileSync(process.execPath, [path.join(out, 'verify.mjs')], { cwd: '/', env: {}, stdio: 'pipe' }));
    expect(verify()).toContain('at entries 3, 6');
    await writeFile(path.join(out, 'checkpoint-3.json'), await readFile(path.join(out, 'checkpoint-6.json')));
    expect(verify).toThrow(expect.objectContaining({ status: 1 }));
  });

  test('evidence does not wait for an authority that is down', async () => {
    authority.fail('is down');
    expect(await bundleAudit(log.broker, path.join(log.folder, 'evidence'), {}, 'test')).toMatchObject({ timestamps: 0 });
  });
});

function flipped(token: Buffer, at: number): Buffer {
  const changed = Buffer.from(token);
  changed[at] = (changed[at] as number) ^ 1;
  return changed;
}

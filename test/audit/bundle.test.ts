import { execFile } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleAudit, checkpointAudit } from '../../src/operations/audit';
import { logged } from '../support/audit';
import { type AuditedBroker, audited } from './support';

describe('evidence of the audit log', () => {
  let log: AuditedBroker;
  let out: string;

  beforeEach(async () => {
    log = await audited();
    out = path.join(log.folder, 'evidence');
    await log.add(5);
    await checkpointAudit(log.broker);
    await log.add(5);
    await checkpointAudit(log.broker);
    await log.add(3);
  });
  afterEach(() => log.close());

  /** The script in a process of its own, with nothing of ours around it. */
  const verified = (...args: string[]): Promise<{ code: number; said: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, [path.join(out, 'verify.mjs'), ...args], { cwd: '/', env: {} }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, said: stdout + stderr }),
      );
    });
  const change = async (name: string, from: string | RegExp, to: string) => {
    const file = path.join(out, name);
    const text = await readFile(file, 'utf8');
    expect(text).toMatch(from);
    await writeFile(file, text.replace(from, to));
  };

  test('of the whole log verifies offline, and is itself in it', async () => {
    expect(await bundleAudit(log.broker, out, {}, 'test')).toEqual({ from: 1, to: 14, entries: 14, checkpoints: 3, timestamps: 0 });
    expect((await readdir(out)).sort()).toEqual(['README.txt', 'checkpoints.ndjson', 'entries.ndjson', 'public-key.pem', 'verify.mjs']);
    const { code, said } = await verified();
    expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining('GOOD 14 entries, 1 to 14, are whole') });
    expect(said).toContain('up to entry 14; 0 entries after it');
    expect((await logged(log.database.db)).at(-1)).toMatchObject({ action: 'audit bundle', by: 'test', detail: { from: 1, to: 13 } });
    // Of the subjects only a digest leaves.
    expect(await readFile(path.join(out, 'entries.ndjson'), 'utf8')).not.toContain(Buffer.alloc(16, 3).toString('hex'));
    expect((await stat(path.join(out, 'entries.ndjson'))).mode & 0o777).toBe(0o600);
  });

  test('of a part carries the hash before it, and goes on to the checkpoint that anchors it', async () => {
    const at = (minute: number) => new Date(Date.UTC(2026, 10, 20, 9, minute));
    expect(await bundleAudit(log.broker, out, { from: at(4), to: at(8) }, 'test')).toMatchObject({ from: 4, to: 10, checkpoints: 2 });
    expect(await verified()).toMatchObject({ code: 0, said: expect.stringContaining('GOOD 7 entries, 4 to 10') });
    await change('entries.ndjson', /"hash":"../, '"hash":"00');
    expect(await verified()).toMatchObject({ code: 1, said: expect.stringContaining('BAD  Entry 4:') });
  });

  test('verifies against keys and checkpoints that one has already', async () => {
    const [key] = (await readdir(log.checkpoints)).filter((name) => name.endsWith('.pem')) as [string];
    const own = [path.join(log.checkpoints, key), path.join(log.checkpoints, 'checkpoints.ndjson')];
    await bundleAudit(log.broker, out, { from: 6, to: 9 }, 'test');
    expect(await verified(...own)).toMatchObject({ code: 0, said: expect.stringContaining('(your own)') });
    // A bundle that was made up whole, with a key of its own, does not stand before them.
    const other = await audited();
    try {
      await other.add(12);
      out = path.join(other.folder, 'evidence');
      await bundleAudit(other.broker, out, {}, 'test');
      expect(await verified()).toMatchObject({ code: 0 });
      expect(await verified(own[0] as string)).toMatchObject({ code: 1, said: expect.stringContaining('not signed by a known key') });
    } finally {
      await other.close();
    }
  });

  test.each<[string, string, RegExp, string, RegExp]>([
    ['a text', 'entries.ndjson', /request-7/, 'request-8', /Entry 7: it does not fit/],
    ['a digest', 'entries.ndjson', /("seq":7.*?"subjects":")./, '$1x', /Entry 7: it does not fit/],
    ['a hash', 'entries.ndjson', /("seq":7.*?"hash":")./, '$1x', /Entry 7: it does not fit/],
    ['a line taken out', 'entries.ndjson', /\{"seq":7.*\n/, '', /Entry 7: it is missing/],
    ['a line that is none', 'entries.ndjson', /\{"seq":7/, '"seq":7', /Entry 7: the line is no JSON/],
    ['a tail cut', 'entries.ndjson', /\{"seq":9[\s\S]*/, '', /Entry 9: it is missing/],
    ['a beginning of its own', 'entries.ndjson', /"hash":"00/, '"hash":"01', /Entry 1:/],
    ['a checkpoint', 'checkpoints.ndjson', /"seq":10/, '"seq":9', /not signed by a known key/],
    ['the key', 'public-key.pem', /[\s\S]+/, '', /not signed by a known key/],
  ])('with %s changed is refused, and the entry named', async (_what, name, from, to, said) => {
    await bundleAudit(log.broker, out, {}, 'test');
    await change(name, from, to);
    expect(await verified()).toEqual({ code: 1, said: expect.stringMatching(said) });
  });

  test('does not go where something is, and not where there is nothing to show', async () => {
    await bundleAudit(log.broker, out, {}, 'test');
    await expect(bundleAudit(log.broker, out, {}, 'test')).rejects.toMatchObject({ code: 'folder-unusable' });
    for (const part of [{ from: 99 }, { from: 5, to: 4 }, { to: new Date(0) }, { from: 0 }])
      await expect(bundleAudit(log.broker, `${out}-2`, part, 'test')).rejects.toMatchObject({ code: 'not-found' });
  });
});

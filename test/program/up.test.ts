import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Program, program } from '../support/program';
import { until } from '../support/until';

/** The whole program as processes, as a person starts and stops it. Slow, so one long story each. */
describe('kopru up', () => {
  let broker: Program;
  beforeEach(() => {
    broker = program();
  });
  afterEach(() => broker.remove());

  test('pulls, prints what it did, its printed commands read, it ends cleanly, and a second start goes on with the same data', async () => {
    const first = await broker.up();
    expect(first.output()).toMatch(/DEMO: the agencies are stand-ins/);
    expect(first.output()).toMatch(/iskur\.agents\s+│\s+60 │\s+0 │ v1/);
    const commands = [...first.output().matchAll(/reads: DATA_FOLDER='.*' npm run -s kopru -- (.*)$/gm)].map((m) =>
      (m[1] as string).split(' '),
    );
    expect(commands).toHaveLength(6);
    for (const command of commands) {
      const answer = await broker.kopru(command);
      expect(answer).toMatchObject({ code: 0, err: '' });
      expect(JSON.parse(answer.out).records).toHaveLength(2);
    }
    // Credentials lie in files that only their owner can read, and stand on no screen.
    const credentials = path.join(broker.folder, 'data/secrets/credentials');
    for (const name of readdirSync(credentials)) {
      expect(statSync(path.join(credentials, name)).mode & 0o777).toBe(0o600);
      expect(first.output()).not.toContain(readFileSync(path.join(credentials, name), 'utf8').trim());
    }
    const snapshots = JSON.parse((await broker.kopru(['snapshots', '--json'])).out);
    const second = await broker.kopru(['up']);
    expect(second).toMatchObject({ code: 2 });
    expect(second.err).toMatch(/^kopru: Another broker \(process \d+\) runs on the data folder .* \[already-running\]\n$/);

    first.child.kill('SIGINT');
    expect(await first.ended).toMatchObject({ code: 0, out: expect.stringMatching(/stopped\n$/) });
    expect(broker.processes()).toEqual([]);

    const again = await broker.up();
    expect(again.output()).not.toMatch(/%/);
    expect(JSON.parse((await broker.kopru(['snapshots', '--json'])).out)).toEqual(snapshots);
    again.child.kill('SIGTERM');
    expect(await again.ended).toMatchObject({ code: 0 });
    expect(broker.processes()).toEqual([]);
  });

  test('kill -9 of everything in the middle of a pull: the next start ends equal to the source, nothing twice', async () => {
    const size = { STAND_IN_SIZE: '60,6000,120' };
    const first = broker.start(size);
    await until(async () => /emetip\.workers: [1-9]0%/.test(first.output()) || /emetip\.workers: succeeded/.test(first.output()));
    for (const pid of broker.processes()) process.kill(pid, 'SIGKILL');
    await first.ended;
    await until(async () => broker.processes().length === 0);

    const second = await broker.up(size);
    const exported = await broker.kopru(
      ['export', 'emetip.workers', '--as', 'cgm-query', '--purpose', 'schooling', '--case', 'T-1'],
      '',
      size,
    );
    expect(exported).toMatchObject({ code: 0, err: '' });
    const workers = exported.out.trim().split('\n');
    const ids = workers.map((line) => JSON.parse(line).nationalId);
    expect(ids).toHaveLength(6000);
    expect(new Set(ids).size).toBe(6000);
    const truth = await broker.kopru(['simulator', 'state'], '', size);
    expect(JSON.parse(truth.out).sizes['emetip.workers']).toBe(6000);
    expect((await broker.kopru(['snapshots', '--verify'], '', size)).out).toMatch(/All published snapshots match their digests/);
    second.child.kill('SIGINT');
    await second.ended;
  });

  test('a next day is pulled from the command line, with and without a broker running', async () => {
    const first = await broker.up();
    expect((await broker.kopru(['simulator', 'next-day'])).out).toMatch(/"day":1/);
    const synced = await broker.kopru(['sync', 'all', '--wait', '--json']);
    expect(synced.code).toBe(0);
    expect(JSON.parse(synced.out).map((r: { status: string }) => r.status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    first.child.kill('SIGINT');
    await first.ended;

    const alone = await broker.kopru(['sync', 'emetip.workers', '--wait']);
    expect(alone).toMatchObject({ code: 0 });
    expect(broker.processes()).toEqual([]);
    const diff = JSON.parse((await broker.kopru(['diff', 'emetip.workers', '--json'])).out);
    expect(diff).toMatchObject({ dataset: 'emetip.workers', from: 2, to: 3, added: 0, changed: 0, removed: 0 });
  });
});

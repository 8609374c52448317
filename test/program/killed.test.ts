import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import path from 'node:path';
import { subjectOf } from '../../src/audit/subjects';
import { verifyChain } from '../../src/audit/verify';
import { completeTckn } from '../../src/core/nationalId';
import { KeyRing, masterKey } from '../../src/infra/keys';
import { agreement2024 } from '../agreements/support/files';
import { logged } from '../support/audit';
import { type Many, many } from '../support/many';
import { somebody } from '../support/people';
import { times } from '../support/thorough';
import { truthOf } from '../support/truth';

const workers = 'emetip.workers';
/** Where a process is killed, and at the latest at which pass through it. */
const points: Record<string, number> = {
  'before-append': 40,
  'append-sent': 20,
  appended: 40,
  opened: 40,
  answering: 40,
  'between-batches': 8,
};
/** How often each point is reached. */
const hits = times(4, 10);
const readers = 6;
const preload = path.join(__dirname, '../support/killing.cjs');
const nobody = completeTckn('123456780');

/** What a reader got, be it whole or not. */
interface Got {
  requestId: string;
  status: number;
  /** Whose records came. */
  ids: string[];
  whole: boolean;
  /** Who was asked about by number. */
  asked?: string;
}

describe('api processes killed around the log and the release', () => {
  let broker: Many;
  let token: string;
  let ids: string[];
  let caFile: string;
  let subjects: ReadonlyMap<string, string>;

  beforeAll(async () => {
    broker = await many({ size: '20,4500,20', lean: true });
    const work = await broker.program.stay(['work']);
    expect((await broker.program.kopru(['sync', workers, '--wait'])).code).toBe(0);
    work.child.kill('SIGTERM');
    await work.ended;
    const secrets = `${broker.program.folder}/data/secrets`;
    const keys = new KeyRing(broker.database.db, masterKey(`${secrets}/master.key`, { create: false }));
    ({ token } = await somebody({ db: broker.database.db, keys, agreement: agreement2024 }, 'cgm'));
    ids = truthOf(broker.standIns, workers).map(({ nationalId }) => String(nationalId));
    const known = await Promise.all([...ids, nobody].map(async (id) => [id, await subjectOf(keys, agreement2024.id, id)] as const));
    subjects = new Map(known.map(([id, subject]) => [id, subject.toString('hex')]));
    // Made by the first process that serves.
    const api = await broker.program.stay(['api']);
    ({ caFile } = JSON.parse(readFileSync(`${secrets}/api.json`, 'utf8')));
    api.child.kill('SIGTERM');
    await api.ended;
  }, 120_000);
  afterAll(() => broker.close(), 60_000);

  let seed = 20_261_122;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };

  /** An api process with readers at work, until it was killed, or `answers` of them have come; what they got. */
  async function round(env: Record<string, string>, most = 3_000): Promise<{ got: Got[]; signal: string | null; said: string }> {
    const { child, output, ended } = await broker.program.stay(['api'], { NODE_OPTIONS: `--require ${preload}`, ...env });
    const url = /(https:\S+)/.exec(output())?.[1] as string;
    const agent = new Agent({ ca: readFileSync(caFile), keepAlive: true, maxSockets: readers });
    const got: Got[] = [];
    const read = async () => {
      while (got.length < most) {
        const one = await ask(url, agent);
        if (!one) return;
        got.push(one);
      }
    };
    await Promise.all(Array.from({ length: readers }, read));
    child.kill('SIGTERM');
    await ended;
    agent.destroy();
    return { got, signal: child.signalCode, said: output() };
  }

  /** One request, of whatever kind; what came of its answer, or nothing at all. */
  function ask(url: string, agent: Agent): Promise<Got | undefined> {
    const kind = random(10);
    const asked = kind < 5 ? (kind === 0 ? nobody : (ids[random(ids.length)] as string)) : undefined;
    const where = asked ? 'record' : kind < 8 ? `records?limit=${1 + random(300)}` : kind === 8 ? 'export' : 'export?format=csv';
    const headers = {
      authorization: `Bearer ${token}`,
      'kopru-purpose': 'child-labour',
      'kopru-case': 'T-1',
      'content-type': 'application/json',
    };
    return new Promise((resolve) => {
      const req = request(
        new URL(`/v1/datasets/${workers}/${where}`, url),
        { agent, method: asked ? 'POST' : 'GET', headers },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (part) => {
            text += part;
          });
          answer.on('error', () => undefined);
          answer.on('close', () =>
            resolve({
              requestId: String(answer.headers['request-id']),
              status: answer.statusCode as number,
              ids: idsIn(text),
              whole: answer.complete,
              ...(asked ? { asked } : {}),
            }),
          );
        },
      );
      req.on('error', () => resolve(undefined));
      req.end(asked && JSON.stringify({ id: asked }));
    });
  }

  /** The answers that the log does not cover: by an entry with their request's number, for all the records and people that came. */
  async function uncovered(answers: readonly Got[]): Promise<Got[]> {
    const covers = new Map<string, { records: number; subjects: Set<string> }>();
    for (const entry of await logged(broker.database.db, { decision: 'allow' })) {
      const cover = covers.get(entry.requestId) ?? { records: 0, subjects: new Set() };
      cover.records += entry.records ?? 0;
      const hex = entry.subjects?.toString('hex') ?? '';
      for (let i = 0; i < hex.length; i += 32) cover.subjects.add(hex.slice(i, i + 32));
      covers.set(entry.requestId, cover);
    }
    return answers.filter(({ requestId, ids: came, asked }) => {
      const cover = covers.get(requestId);
      const people = asked ? [...came, asked] : came;
      return !cover || cover.records < came.length || people.some((id) => !cover.subjects.has(subjects.get(id) as string));
    });
  }

  test('whatever a reader got was logged before, at each point at which the process was killed', async () => {
    const jobs = Object.entries(points).flatMap(([point, most]) =>
      Array.from({ length: hits }, () => ({ point, after: 1 + random(most) })),
    );
    const all: Record<string, Got[]> = Object.fromEntries(Object.keys(points).map((point) => [point, []]));
    // Two at a time: one starts while the other is read from.
    await Promise.all(
      [0, 1].map(async () => {
        for (let job = jobs.pop(); job; job = jobs.pop()) {
          const { point, after } = job;
          const { got, signal, said } = await round({ KILL_AT: point, KILL_AFTER: String(after) });
          expect({ signal, said }).toEqual({ signal: 'SIGKILL', said: expect.stringContaining(`killed: ${point}\n`) });
          all[point]?.push(...got);
        }
      }),
    );
    const answers = Object.values(all).flat();
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 404]));
    expect(await uncovered(answers)).toEqual([]);

    // Readers got something everywhere, and were cut off in the middle of answers.
    for (const got of Object.values(all)) expect(got.flatMap((one) => one.ids).length).toBeGreaterThan(0);
    const cut = answers.filter((one) => !one.whole && one.ids.length > 0);
    expect(cut.length).toBeGreaterThan(hits / 2);
    // The other way round it need not hold: some was logged that nobody got.
    const heard = new Set(answers.map(({ requestId }) => requestId));
    const entries = await logged(broker.database.db, { decision: 'allow', dataset: workers });
    expect(entries.filter(({ requestId }) => !heard.has(requestId)).length).toBeGreaterThan(hits);
    const verdict = await verifyChain(broker.database.db.pool, { checkpoints: [], keys: new Map() });
    expect(verdict.firstBad).toBeUndefined();
    expect(verdict.entries).toBeGreaterThan(entries.length);
  }, 600_000);

  test.each(['skip', 'late'])('a log that is written %s is noticed', async (broken) => {
    const { got } = await round({ KILL_APPEND: broken, KILL_AT: 'answering', KILL_AFTER: '30' });
    const answers = got.filter(({ status }) => status === 200);
    expect(answers.length).toBeGreaterThan(10);
    expect(await uncovered(answers)).not.toEqual([]);
  });
});

/** Of JSON in any of its forms by the member's name, of CSV by the first cell; a number that broke off is none. */
function idsIn(text: string): string[] {
  return [...text.matchAll(/"nationalId":"(\d{11})"|^(\d{11});/gm)].map(([, json, csv]) => (json ?? csv) as string);
}

import { reserve } from '../../../src/access/quotas/store';
import { agents, type Scheduling, scheduling } from '../../operations/support/scheduling';
import { kopruOn } from './support';

describe('kopru quota', () => {
  let s: Scheduling;
  beforeAll(async () => {
    s = await scheduling('2026-11-22T12:00');
  });
  afterAll(() => s.drop());

  const kopru = kopruOn(() => ({ broker: s.broker, db: s.broker.db, publication: s.broker as never }));
  const paper = ['--by', 'iskur', '--document', 'E-17'];

  test('sets, lists with today’s use, and lifts', async () => {
    const at = s.broker.clock();
    await reserve(s.broker.db, {
      requestKey: 'a',
      at,
      dataset: agents,
      mode: 'instant',
      party: 'cgm',
      unit: 'izmir',
      queries: 1,
      records: 40,
    });
    const set = await kopru('quota', 'set', agents, '--party', 'cgm', '--queries', '5000', '--records', '100', ...paper);
    expect(set.code).toBe(0);
    expect(set.out).toMatch(/cgm.*all.*queries.*5,000.*1.*4,999.*iskur/);
    expect(set.out).toMatch(/cgm.*all.*records.*100.*40.*60.*iskur/);
    await kopru('quota', 'set', agents, '--party', 'cgm', '--unit', 'izmir', '--mode', 'instant', '--records', '50', ...paper);
    await kopru('quota', 'set', agents, '--party', 'cgm', '--person', '7', '--queries', '3', ...paper);
    const { out } = await kopru('quota', 'list', '--party', 'cgm', '--dataset', agents);
    expect(out).toMatch(/izmir.*instant.*records.*50.*40.*10/);
    expect(out).toMatch(/person 7.*all.*queries.*3.*0.*3/);
    expect(await kopru('quota', 'lift', agents, '--party', 'cgm', '--person', '7', ...paper)).toEqual({
      code: 0,
      out: 'The limit is lifted.\n',
      err: '',
    });
    const listed = JSON.parse((await kopru('quota', 'list', '--json')).out);
    expect(listed.map((l: { unit: string | null }) => l.unit)).toEqual([null, 'izmir']);
  });

  test('says in one sentence who may not, and what is wrong', async () => {
    const foreign = ['quota', 'set', agents, '--party', 'cgm', '--queries', '1', '--by', 'cgm', '--document', 'E-1'];
    expect(await kopru(...foreign)).toEqual({
      code: 4,
      out: '',
      err: expect.stringMatching(/^kopru: .*Its owner is iskur\. \[quota-foreign\]\n$/),
    });
    expect(await kopru('quota', 'set', agents, '--party', 'cgm', ...paper)).toMatchObject({ code: 2 });
    expect(await kopru('quota', 'set', agents, '--party', 'cgm', '--queries', 'few', ...paper)).toMatchObject({ code: 2 });
    expect(await kopru('quota', 'set', agents, '--party', 'cgm', '--queries', '1', '--by', 'iskur')).toMatchObject({ code: 2 });
    expect(await kopru('quota', 'lift', 'no.such', '--party', 'cgm', ...paper)).toMatchObject({ code: 3 });
  });
});

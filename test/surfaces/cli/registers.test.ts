import { completeTckn } from '../../../src/core/nationalId';
import { type Registers, registers } from '../../operations/registers/support';
import { logged } from '../../support/audit';
import { kopruOn, kopruWithInput } from './support';

const concerned = completeTckn('412345678');

describe('kopru register', () => {
  let r: Registers;
  beforeAll(async () => {
    r = await registers('2026-11-22T09:00:00Z');
  });
  afterAll(() => r.drop());

  const kopru = kopruOn(() => ({ broker: r.broker }));
  const withId = kopruWithInput(() => ({ broker: r.broker }));
  const json = async (...words: string[]) => JSON.parse((await kopru('register', ...words, '--json')).out);
  const given = (...more: string[]) => {
    const who = ['--party', 'cgm', '--officer', String(r.people.cgm), '--on', '2026-11-20', '--identity', 'in-person'];
    return ['register', 'given', 'add', ...who, '--document', 'E-88', '--data', ...more];
  };

  test('given: recorded, listed, found by the number on standard input, and taken back', async () => {
    const added = await withId(`${concerned}\n`, ...given('iskur.agents=fullName,status', 'emetip.workers=season'));
    expect(added).toEqual({ code: 0, err: '', out: 'It is recorded as entry 1. Nothing is released by it.\n' });
    const listed = await kopru('register', 'given', 'list', '--party', 'cgm');
    expect(listed.out).toMatch(/1 +│ cgm +│ 2026-11-20 +│ 1 +│ iskur\.agents: fullName, status/);
    expect(listed.out).toContain('emetip.workers: season');
    expect(await json('given', 'list', '--party', 'iskur')).toEqual([]);
    const found = JSON.parse((await withId(concerned, 'register', 'given', 'find', '--json')).out);
    expect(found).toMatchObject([{ id: 1, identity: 'in-person', document: 'E-88', revokedAt: null }]);
    expect(JSON.parse((await withId(completeTckn('412345679'), 'register', 'given', 'find', '--json')).out)).toEqual([]);
    expect((await kopru('register', 'given', 'revoke', '1', '--document', 'E-90')).out).toBe('The entry 1 is taken back.\n');
    expect((await json('given', 'list'))[0].revokedAt).toBe('2026-11-22T09:00:00.000Z');
    expect(await kopru('register', 'given', 'revoke', '1', '--document', 'E-90')).toMatchObject({ code: 3 });
    expect((await logged(r.broker.db)).map(({ action, by }) => [action, by])).toEqual([
      ['register given add', 'cli'],
      ['register given find', 'cli'],
      ['register given find', 'cli'],
      ['register given revoke', 'cli'],
    ]);
  });

  test('release: recorded, listed, and taken back; only on the owner’s approval', async () => {
    const add = (approver: number, ...more: string[]) => {
      const paper = ['--on', '2026-11-20', '--document', 'E-77', '--approver', String(approver)];
      const what = ['--party', 'cgm', '--receiver', 'Örnek Üniversitesi', '--scope', 'araştırma', '--data', 'iskur.agents=status'];
      return kopru('register', 'release', 'add', ...what, ...paper, ...more);
    };
    expect(await add(r.people.cgmApprover)).toEqual({
      code: 4,
      out: '',
      err: expect.stringMatching(/belongs to the party that asks.*\[approver-refused\]\n$/),
    });
    expect((await add(r.people.iskurApprover, '--until', '2026-12-31')).out).toBe(
      'It is recorded as entry 1. Nothing is released by it.\n',
    );
    expect((await kopru('register', 'release', 'list')).out).toMatch(/iskur +│ cgm +│ Örnek.*2026-11-20 +│ 2026-12-31 +│ E-77 +│ in force/);
    expect(await json('release', 'list', '--party', 'iskur')).toEqual([]);
    expect((await kopru('register', 'release', 'revoke', '1', '--document', 'E-79')).code).toBe(0);
    expect(await json('release', 'list')).toMatchObject([{ id: 1, owner: 'iskur', standing: 'revoked' }]);
  });

  test('says in one sentence what is wrong, without the number', async () => {
    for (const [input, words, code, sentence] of [
      ['', given('iskur.agents=status'), 2, /No national id came on standard input.*\[usage\]/],
      ['12345678901', given('iskur.agents=status'), 2, /not well formed.*\[id-invalid\]/],
      [concerned, given('iskur.agents'), 2, /dataset=field,field.*\[usage\]/],
      [concerned, given(`iskur.agents=${concerned}`), 2, /Of iskur\.agents no field.*\[request-invalid\]/],
      [concerned, [...given('iskur.agents=status'), '--officer', 'somebody'], 2, /\[usage\]/],
      [concerned, ['register', 'given', 'add'], 2, /required option/],
      ['', ['register', 'given', 'find'], 2, /\[usage\]/],
    ] as [string, string[], number, RegExp][]) {
      const told = await withId(input, ...words);
      expect(told).toEqual({ code, out: '', err: expect.stringMatching(sentence) });
      expect(told.err).not.toMatch(/\d{11}/);
    }
  });
});

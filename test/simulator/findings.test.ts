import { idKind, isDummyId } from '../../src/core/nationalId';
import { nameNormalForm } from '../../src/core/text';
import {
  type AgentRecord,
  type ChildRecord,
  createWorld,
  defaultSizes,
  findingsIn,
  type PlantedKind,
  plantedFindings,
  plantedKinds,
  type WorkerRecord,
} from '../../src/simulator';
import { misspelt } from '../../src/simulator/population/names';
import { dummies } from '../../src/simulator/population/plants';
import { fullYears, possibleAges, schoolAge, workingAge } from '../../src/simulator/state/ages';

const asOf = '2026-08-15';

const agent = (nationalId: string, more: Partial<AgentRecord> = {}): AgentRecord => ({
  nationalId,
  fullName: 'AYŞE IŞIK',
  title: null,
  permitStartDate: '2025-01-01',
  phone: null,
  reportedWorkerCount: 0,
  status: 'AKTİF',
  ...more,
});

const worker = (nationalId: string, more: Partial<WorkerRecord> = {}): WorkerRecord => ({
  nationalId,
  fullName: 'Ali Çınar',
  birthDate: '1990-05-05',
  sex: 'ERKEK',
  nationality: 'TR',
  phone: null,
  householdHeadId: nationalId,
  memberRole: 'İŞÇİ',
  agentId: null,
  homeProvince: '63',
  workProvince: '52',
  season: 2026,
  workStartDate: '2026-08-01',
  workEndDate: null,
  ...more,
});

const child = (nationalId: string, more: Partial<ChildRecord> = {}): ChildRecord => ({
  nationalId,
  fullName: 'ALİ ÇINAR',
  birthDate: '2015-05-05',
  sex: 'ERKEK',
  province: '63',
  householdHeadId: null,
  sector: 'SANAYİ',
  schooling: null,
  detectedOn: null,
  supportGiven: null,
  ...more,
});

/** The details of one kind by subject, in a small truth. */
function found(kind: PlantedKind, agents: AgentRecord[], workers: WorkerRecord[] = [], children: ChildRecord[] = []) {
  const findings = findingsIn({ asOf, agents, workers, children })[kind];
  for (const [id, { subject }] of findings) expect(subject).toBe(id);
  return Object.fromEntries([...findings.values()].map(({ subject, detail }) => [subject, detail]));
}

describe('ages', () => {
  it('are full years, with 28 February for who was born on the 29th', () => {
    expect(fullYears('2010-08-15', asOf)).toBe(16);
    expect(fullYears('2010-08-16', asOf)).toBe(15);
    expect(fullYears('2012-02-29', '2026-02-27')).toBe(13);
    expect(fullYears('2012-02-29', '2026-02-28')).toBe(14);
    expect(fullYears('2012-02-29', '2028-02-28')).toBe(15);
    expect(fullYears('2012-02-29', '2028-02-29')).toBe(16);
  });

  it('are every one that a partial date leaves open', () => {
    expect([...possibleAges('2010', asOf)].sort()).toEqual([15, 16]);
    expect([...possibleAges('2010-07', asOf)]).toEqual([16]);
    expect([...possibleAges('2010-08', asOf)].sort()).toEqual([15, 16]);
    expect([...possibleAges('2010', '2026-12-31')]).toEqual([16]);
  });

  it('answer whether somebody is of school age', () => {
    const asked = ['2020-08-15', '2020-08-16', '2012-08-16', '2012-08-15', '2020', '2012', '2019', '2020-07', '2020-08', '2021', null];
    const answers = asked.map((date) => schoolAge(date, asOf));
    expect(answers).toEqual(['yes', undefined, 'yes', undefined, 'unknown', 'unknown', 'yes', 'yes', 'unknown', undefined, undefined]);
  });

  it('answer under which limit of working age somebody is', () => {
    const asked = ['2011-08-16', '2011-08-15', '2008-08-16', '2008-08-15', '2012', '2011', '2010', '2008', '2007', '2011-09', null];
    expect(asked.map((date) => workingAge(date, asOf))).toEqual([
      'under15',
      '15-17',
      '15-17',
      undefined,
      'under15',
      'unknown',
      '15-17',
      'unknown',
      undefined,
      'under15',
      undefined,
    ]);
  });
});

describe('each kind, counted by hand', () => {
  const by = (id: string, agentId: string | null, more: Partial<WorkerRecord> = {}) => worker(id, { agentId, ...more });

  it('agent-unlisted and agent-foreign-number', () => {
    const workers = [by('w1', 'x'), by('w2', 'x', { workStartDate: null }), by('w3', 'a'), by('w4', null), by('w5', '99000000000')];
    expect(found('agent-unlisted', [agent('a')], workers)).toEqual({ x: { records: 2 }, 99000000000: { records: 1 } });
    const short = by('w6', '9900000000');
    expect(found('agent-foreign-number', [agent('99000000000')], [...workers, short])).toEqual({ 99000000000: { records: 1 } });
  });

  it('permit-not-active: only with a worker who works on the day', () => {
    const over = [agent('a', { status: 'İPTAL' }), agent('b', { status: 'SÜRESİ_DOLMUŞ' }), agent('c', { status: 'BİLİNMİYOR' })];
    const workers = [
      by('w1', 'a', { workStartDate: asOf, workEndDate: asOf }),
      by('w2', 'a', { workEndDate: '2026-08-14' }),
      by('w3', 'a', { workStartDate: '2026-08-16' }),
      by('w4', 'b', { workStartDate: null }),
      by('w5', 'c'),
    ];
    expect(found('permit-not-active', over, workers)).toEqual({ a: { status: 'İPTAL', records: 1 } });
  });

  it('permit-lapsed: the day after three years', () => {
    const dated = (id: string, permitStartDate: string | null) => agent(id, { permitStartDate });
    const agents = [dated('a', '2023-08-14'), dated('b', '2023-08-15'), dated('c', null), dated('d', '2020-01-01')];
    const workers = [by('w1', 'a'), by('w2', 'a'), by('w3', 'b'), by('w4', 'c'), by('w5', 'd', { workEndDate: '2026-08-02' })];
    expect(found('permit-lapsed', agents, workers)).toEqual({ a: { records: 2 } });
  });

  it('count-differs and count-unreported: workers of the season, more than two and more than a fifth', () => {
    const reported = (id: string, reportedWorkerCount: number | null) => agent(id, { reportedWorkerCount });
    const many = (count: number, agentId: string, season = 2026) =>
      Array.from({ length: count }, (_, i) => by(`${agentId}${season}${i}`, agentId, { season }));
    const agents = [reported('a', 2), reported('b', 3), reported('c', 20), reported('d', 21), reported('e', null), reported('f', null)];
    agents.push(reported('g', 0), reported('h', 3));
    const workers = [...many(24, 'c'), ...many(16, 'd'), ...many(1, 'e'), ...many(2, 'e', 2025), ...many(1, 'f', 2025), ...many(2, 'g')];
    workers.push(...many(6, 'h'));
    expect(found('count-differs', agents, workers)).toEqual({
      b: { reported: 3, registered: 0 },
      d: { reported: 21, registered: 16 },
      h: { reported: 3, registered: 6 },
    });
    expect(found('count-unreported', agents, workers)).toEqual({ e: { registered: 1 } });
  });

  it('identity-conflict: by name, by birth year, in any two datasets', () => {
    const workers = ['p', 'q', 'r', 's', 't', 'u'].map((id) => worker(id, { birthDate: '2015' }));
    const children = [
      child('p'),
      child('q', { fullName: 'ALİ CINAR' }),
      child('r', { birthDate: '2014-12-31' }),
      child('s', { birthDate: null }),
      child('t', { fullName: 'ALİ-ÇINAR', birthDate: '2014' }),
      child('z', { birthDate: '2001' }),
    ];
    const agents = [agent('u', { fullName: 'VELİ ÇINAR' }), agent('p', { fullName: null }), agent('z'), agent('t')];
    expect(found('identity-conflict', agents, workers, children)).toEqual({
      q: { name: true, birthYear: false },
      r: { name: false, birthYear: true },
      t: { name: true, birthYear: true },
      u: { name: true, birthYear: false },
      z: { name: true, birthYear: false },
    });
  });

  it('child-unknown: of school age, whatever the role, and not among the children', () => {
    const born = (id: string, birthDate: string | null) => worker(id, { birthDate, memberRole: 'REFAKATÇİ' });
    const workers = [born('a', '2015-01-01'), born('b', '2015-01-01'), born('c', '2020'), born('d', null), born('e', '1980')];
    expect(found('child-unknown', [], workers, [child('b')])).toEqual({ a: { age: 'yes' }, c: { age: 'unknown' } });
  });

  it('household-unknown: only at seasonal work, and neither a worker nor a head', () => {
    const of = (id: string, householdHeadId: string | null) => child(id, { householdHeadId, sector: 'MEVSİMLİK_TARIM' });
    const workers = [worker('w', { householdHeadId: 'h' })];
    const children = [of('a', 'w'), of('b', 'h'), of('c', 'x'), of('d', null), child('e', { householdHeadId: 'x' })];
    expect(found('household-unknown', [], workers, children)).toEqual({ c: {} });
  });

  it('worker-under-age: only who works', () => {
    const workers = [
      worker('a', { birthDate: '2012-01-01' }),
      worker('b', { birthDate: '2009-01-01' }),
      worker('c', { birthDate: '2008' }),
      worker('d', { birthDate: '2012-01-01', memberRole: 'REFAKATÇİ' }),
      worker('e', { birthDate: null }),
      worker('f'),
    ];
    expect(found('worker-under-age', [], workers)).toEqual({ a: { age: 'under15' }, b: { age: '15-17' }, c: { age: 'unknown' } });
  });

  it('dummy-id: in every field that holds one, by the record’s own number', () => {
    const { agent: own, namedAsAgent, namedAsHead, child: both } = dummies;
    const workers = [worker('w', { agentId: namedAsAgent, householdHeadId: namedAsHead }), worker(both), worker('x')];
    expect(found('dummy-id', [agent(own), agent('a')], workers, [child(both), child('y', { householdHeadId: namedAsHead })])).toEqual({
      [own]: { fields: ['iskur.agents.nationalId'] },
      w: { fields: ['emetip.workers.agentId', 'emetip.workers.householdHeadId'] },
      [both]: { fields: ['cts.children.nationalId', 'emetip.workers.householdHeadId', 'emetip.workers.nationalId'] },
      y: { fields: ['cts.children.householdHeadId'] },
    });
  });
});

describe('the stand-ins', () => {
  const sizes = { agents: 60, workers: 400, children: 120 };
  const counts = (world: ReturnType<typeof createWorld>) =>
    Object.fromEntries(plantedKinds.map((kind) => [kind, plantedFindings(world)[kind].size]));

  it('plant every kind at the default size', () => {
    const findings = plantedFindings(createWorld({ seed: 2024, sizes: defaultSizes, startDate: asOf }));
    expect(Object.keys(findings)).toEqual([...plantedKinds]);
    for (const kind of plantedKinds) expect([kind, findings[kind].size > 0]).toEqual([kind, true]);
    const details = (kind: PlantedKind, name: string) => new Set([...findings[kind].values()].map(({ detail }) => String(detail[name])));
    expect(details('child-unknown', 'age')).toEqual(new Set(['yes', 'unknown']));
    expect(details('worker-under-age', 'age')).toEqual(new Set(['under15', '15-17', 'unknown']));
    expect(details('permit-not-active', 'status')).toEqual(new Set(['İPTAL', 'SÜRESİ_DOLMUŞ']));
    expect(details('identity-conflict', 'name')).toEqual(new Set(['true', 'false']));
    expect([...details('dummy-id', 'fields')].flatMap((text) => text.split(','))).toEqual(
      expect.arrayContaining(['iskur.agents.nationalId', 'cts.children.nationalId', 'emetip.workers.nationalId']),
    );
  });

  it.each([1, 2024, 77])('plant every kind in a small population, seed %d', (seed) => {
    for (const [kind, count] of Object.entries(counts(createWorld({ seed, sizes, startDate: asOf }))))
      expect([kind, count > 0]).toEqual([kind, true]);
  });

  it('have identities that agree, too', () => {
    const world = createWorld({ seed: 2024, sizes: defaultSizes, startDate: asOf });
    const conflicts = plantedFindings(world)['identity-conflict'];
    const workers = new Set([...world.truth('emetip.workers')].map(({ nationalId }) => nationalId));
    for (const dataset of ['iskur.agents', 'cts.children'] as const) {
      const shared = [...world.truth(dataset)].map(({ nationalId }) => nationalId).filter((id) => workers.has(id));
      const differing = shared.filter((id) => conflicts.has(id)).length;
      expect([differing > 2, differing < shared.length]).toEqual([true, true]);
    }
  });

  it('tell of a day that has been what they told on it', () => {
    const world = createWorld({ seed: 5, sizes, startDate: asOf });
    const before = plantedFindings(world);
    world.nextDay();
    expect(plantedFindings(world, 0)).toEqual(before);
    expect(plantedFindings(world)).not.toEqual(before);
  });

  it('mend and relapse with the next day, when ordered', () => {
    const world = createWorld({ seed: 2024, sizes: defaultSizes, startDate: asOf });
    const conflicts = (day?: number) => plantedFindings(world, day)['identity-conflict'].size;
    const planted = conflicts();
    world.mend('identity-conflict');
    expect(conflicts()).toBe(planted);
    world.nextDay();
    expect(conflicts()).toBe(0);
    expect(world.diff('cts.children', 0, 1).changed).toHaveLength(60);
    world.relapse('identity-conflict');
    world.nextDay();
    expect(conflicts()).toBeGreaterThan(planted);
    expect([0, 1].map(conflicts)).toEqual([planted, 0]);
  });
});

it('has dummies that pass as numbers and stand once each', () => {
  const numbers = Object.values(dummies);
  for (const id of numbers) expect([isDummyId(id), idKind(id)]).toEqual([true, id.startsWith('99') ? 'ykn' : 'tckn']);
  expect(new Set(numbers).size).toBe(numbers.length);
});

it('misspells every name so that its normal form differs', () => {
  for (const name of ['ŞÜKRÜ ÇAĞ', 'ALİ ASLAN', 'MEHMET ALAN', 'KÂMİL OK'])
    expect(nameNormalForm(misspelt(name))).not.toBe(nameNormalForm(name));
});

import { addMonths, type IsoDate } from '../../core/dates';
import type { AgentRecord, ChildRecord, DatasetId, WorkerRecord } from '../population/types';
import type { World } from './world';

/** What the counts of one day look each other up in. */
interface Day {
  date: IsoDate;
  agents: Map<string, { lapsed: boolean; cancelled: boolean }>;
  heads: Set<string>;
  children: Set<string>;
  accompanied: Set<string>;
}

const isLapsed = (agent: AgentRecord, date: IsoDate) => agent.permitStartDate !== null && addMonths(agent.permitStartDate, 36) < date;

const agentKinds = {
  total: () => true,
  legalPersons: (a: AgentRecord) => a.nationalId.length === 10,
  lapsed: (a: AgentRecord, day: Day) => isLapsed(a, day.date),
  lapsedButActive: (a: AgentRecord, day: Day) => isLapsed(a, day.date) && a.status === 'AKTİF',
  cancelled: (a: AgentRecord) => a.status === 'İPTAL',
  unknownStatus: (a: AgentRecord) => a.status === 'BİLİNMİYOR',
  withoutPermitDate: (a: AgentRecord) => a.permitStartDate === null,
  unreportedCount: (a: AgentRecord) => a.reportedWorkerCount === null,
  unreadablePhone: (a: AgentRecord) => a.phone !== null && a.phone.e164 === null,
};

const workerKinds = {
  total: () => true,
  foreign: (w: WorkerRecord) => w.nationalId.startsWith('99'),
  accompanying: (w: WorkerRecord) => w.memberRole === 'REFAKATÇİ',
  partialBirthDate: (w: WorkerRecord) => w.birthDate !== null && w.birthDate.length < 10,
  withoutAgent: (w: WorkerRecord) => w.agentId === null,
  unknownAgent: (w: WorkerRecord, day: Day) => w.agentId !== null && !day.agents.has(w.agentId),
  lapsedAgent: (w: WorkerRecord, day: Day) => w.agentId !== null && day.agents.get(w.agentId)?.lapsed === true,
  cancelledAgent: (w: WorkerRecord, day: Day) => w.agentId !== null && day.agents.get(w.agentId)?.cancelled === true,
  headNotListed: (w: WorkerRecord, day: Day) => !day.heads.has(w.householdHeadId),
};

const childKinds = {
  total: () => true,
  foreign: (c: ChildRecord) => c.nationalId.startsWith('99'),
  bornYearOnly: (c: ChildRecord) => c.birthDate?.length === 4,
  bornYearMonth: (c: ChildRecord) => c.birthDate?.length === 7,
  withoutBirthDate: (c: ChildRecord) => c.birthDate === null,
  alsoInEmetip: (c: ChildRecord, day: Day) => day.accompanied.has(c.nationalId),
  seasonal: (c: ChildRecord) => c.sector === 'MEVSİMLİK_TARIM',
};

type Tally<K> = { [name in keyof K]: number };

function tally<K extends Record<string, (record: R, day: Day) => boolean>, R>(kinds: K, records: Iterable<R>, day: Day): Tally<K> {
  const tests = Object.entries(kinds);
  const counts = new Array<number>(tests.length).fill(0);
  for (const record of records) {
    tests.forEach(([, test], i) => {
      if (test(record, day)) counts[i] = (counts[i] as number) + 1;
    });
  }
  return Object.fromEntries(tests.map(([name], i) => [name, counts[i]])) as Tally<K>;
}

/** What reconciliation should find on a day, counted from the truth and nothing else. */
export interface Planted {
  date: IsoDate;
  agents: Tally<typeof agentKinds>;
  workers: Tally<typeof workerKinds>;
  children: Tally<typeof childKinds>;
}

/** Counts what is odd on a day (default: the present one). Reads every record twice; ids are in memory meanwhile. */
export function planted(world: World, at = world.day()): Planted {
  const all = <D extends DatasetId>(dataset: D) => world.truth(dataset, at);
  const day: Day = { date: world.date(at), agents: new Map(), heads: new Set(), children: new Set(), accompanied: new Set() };
  for (const agent of all('iskur.agents')) {
    day.agents.set(agent.nationalId, { lapsed: isLapsed(agent, day.date), cancelled: agent.status === 'İPTAL' });
  }
  for (const child of all('cts.children')) day.children.add(child.nationalId);
  for (const worker of all('emetip.workers')) {
    if (worker.householdHeadId === worker.nationalId) day.heads.add(worker.nationalId);
    if (day.children.has(worker.nationalId)) day.accompanied.add(worker.nationalId);
  }
  return {
    date: day.date,
    agents: tally(agentKinds, all('iskur.agents'), day),
    workers: tally(workerKinds, all('emetip.workers'), day),
    children: tally(childKinds, all('cts.children'), day),
  };
}

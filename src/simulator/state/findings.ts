import { addMonths, type IsoDate } from '../../core/dates';
import { isDummyId } from '../../core/nationalId';
import { nameNormalForm } from '../../core/text';
import type { AgentRecord, ChildRecord, DatasetId, Records, WorkerRecord } from '../population/types';
import { schoolAge, workingAge } from './ages';
import type { World } from './world';

/** Every kind of finding that a reconciliation of the three datasets should come to. */
export const plantedKinds = [
  'agent-unlisted',
  'agent-foreign-number',
  'permit-not-active',
  'permit-lapsed',
  'count-differs',
  'count-unreported',
  'identity-conflict',
  'child-unknown',
  'household-unknown',
  'worker-under-age',
  'dummy-id',
] as const;
export type PlantedKind = (typeof plantedKinds)[number];

export interface PlantedFinding {
  /** The national id of the person or firm that it is about. */
  subject: string;
  detail: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** The findings of each kind by their subject's national id. */
export type PlantedFindings = Record<PlantedKind, Map<string, PlantedFinding>>;

/** One day's records; each list is read once. */
export interface Truth {
  asOf: IsoDate;
  agents: Iterable<AgentRecord>;
  workers: Iterable<WorkerRecord>;
  children: Iterable<ChildRecord>;
}

/** What a reconciliation should find on a day (default: the present one), from the truth alone. Ids are in memory meanwhile. */
export function plantedFindings(world: World, day = world.day()): PlantedFindings {
  const all = <D extends DatasetId>(dataset: D): Iterable<Records[D]> => world.truth(dataset, day);
  return findingsIn({ asOf: world.date(day), agents: all('iskur.agents'), workers: all('emetip.workers'), children: all('cts.children') });
}

/** How many records name an intermediary: all, those at work on the day, those of the day's season who work themselves. */
interface Named {
  records: number;
  working: number;
  season: number;
}

/** What a dataset says of a person: the name's normal form and, where it has birth dates, the year. */
interface Said {
  name: string | null;
  year: string | null;
}

const said = (fullName: string | null, birthDate: string | null): Said => ({
  name: fullName === null ? null : nameNormalForm(fullName),
  year: birthDate === null ? null : birthDate.slice(0, 4),
});

/** Finds by plain loops, once over each list. */
export function findingsIn({ asOf, agents, workers, children }: Truth): PlantedFindings {
  const found = Object.fromEntries(plantedKinds.map((kind) => [kind, new Map()])) as PlantedFindings;
  const add = (kind: PlantedKind, subject: string, detail: PlantedFinding['detail']) => found[kind].set(subject, { subject, detail });

  const agentsById = new Map<string, AgentRecord>();
  const agentsSaid = new Map<string, Said>();
  const childrenSaid = new Map<string, Said>();
  const seasonal: { nationalId: string; head: string }[] = [];
  /** Household heads of children at seasonal work whom no worker's record has named yet. */
  const unseen = new Set<string>();
  const named = new Map<string, Named>();
  const dummies = new Map<string, string[]>();
  const conflicts = new Map<string, { name: boolean; birthYear: boolean }>();

  const noteDummies = (dataset: DatasetId, subject: string, ids: Record<string, string | null>) => {
    for (const [field, id] of Object.entries(ids)) {
      if (id === null || !isDummyId(id)) continue;
      dummies.set(subject, [...(dummies.get(subject) ?? []), `${dataset}.${field}`]);
    }
  };
  const compare = (subject: string, one: Said | undefined, other: Said | undefined) => {
    if (!one || !other) return;
    const name = one.name !== null && other.name !== null && one.name !== other.name;
    const birthYear = one.year !== null && other.year !== null && one.year !== other.year;
    const known = conflicts.get(subject) ?? { name: false, birthYear: false };
    if (name || birthYear) conflicts.set(subject, { name: known.name || name, birthYear: known.birthYear || birthYear });
  };

  for (const agent of agents) {
    const { nationalId } = agent;
    agentsById.set(nationalId, agent);
    agentsSaid.set(nationalId, said(agent.fullName, null));
    noteDummies('iskur.agents', nationalId, { nationalId });
  }

  for (const child of children) {
    const { nationalId, householdHeadId } = child;
    const own = said(child.fullName, child.birthDate);
    childrenSaid.set(nationalId, own);
    compare(nationalId, own, agentsSaid.get(nationalId));
    noteDummies('cts.children', nationalId, { nationalId, householdHeadId });
    if (child.sector === 'MEVSİMLİK_TARIM' && householdHeadId !== null) {
      seasonal.push({ nationalId, head: householdHeadId });
      unseen.add(householdHeadId);
    }
  }

  for (const worker of workers) {
    const { nationalId, householdHeadId, agentId, birthDate } = worker;
    unseen.delete(nationalId);
    unseen.delete(householdHeadId);
    noteDummies('emetip.workers', nationalId, { nationalId, householdHeadId, agentId });

    const inChildren = childrenSaid.get(nationalId);
    const own = said(worker.fullName, birthDate);
    compare(nationalId, own, inChildren);
    compare(nationalId, own, agentsSaid.get(nationalId));

    const school = schoolAge(birthDate, asOf);
    if (school && !inChildren) add('child-unknown', nationalId, { age: school });
    const age = workingAge(birthDate, asOf);
    if (age && worker.memberRole === 'İŞÇİ') add('worker-under-age', nationalId, { age });

    if (agentId === null) continue;
    const sum = named.get(agentId) ?? { records: 0, working: 0, season: 0 };
    sum.records += 1;
    if (isWorking(worker, asOf)) sum.working += 1;
    if (worker.season === Number(asOf.slice(0, 4)) && worker.memberRole === 'İŞÇİ') sum.season += 1;
    named.set(agentId, sum);
  }

  for (const [id, { records }] of named) {
    if (!agentsById.has(id)) add('agent-unlisted', id, { records });
    if (/^99\d{9}$/.test(id)) add('agent-foreign-number', id, { records });
  }

  for (const [id, { status, permitStartDate, reportedWorkerCount: reported }] of agentsById) {
    const { working, season: registered } = named.get(id) ?? { working: 0, season: 0 };
    const over = status === 'SÜRESİ_DOLMUŞ' || status === 'İPTAL';
    if (over && working > 0) add('permit-not-active', id, { status, records: working });
    const lapsed = permitStartDate !== null && addMonths(permitStartDate, 36) < asOf;
    if (lapsed && working > 0) add('permit-lapsed', id, { records: working });
    if (reported === null && registered > 0) add('count-unreported', id, { registered });
    if (reported !== null && Math.abs(reported - registered) > Math.max(2, 0.2 * reported))
      add('count-differs', id, { reported, registered });
  }

  for (const { nationalId, head } of seasonal) if (unseen.has(head)) add('household-unknown', nationalId, {});
  for (const [id, detail] of conflicts) add('identity-conflict', id, detail);
  for (const [id, fields] of dummies) add('dummy-id', id, { fields: fields.sort() });
  return found;
}

const isWorking = ({ workStartDate, workEndDate }: WorkerRecord, asOf: IsoDate) =>
  workStartDate !== null && workStartDate <= asOf && (workEndDate === null || workEndDate >= asOf);

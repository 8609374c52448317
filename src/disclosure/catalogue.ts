import { decideReach, type Reach, type Refusal } from '../access/decide';
import { type ConsentFlag, consentFlags } from '../agreements/consents';
import { inputsOf } from '../agreements/derived';
import { publishedSnapshot } from '../snapshots/store';
import { admitStaff } from './duties';
import { requestOf } from './permit';
import { type Provenance, provenance, standing } from './provenance';
import type { Asker, DoorDeps, Standing } from './types';

/** A dataset of the agreement as somebody sees it. */
export interface Listed {
  id: string;
  decision: Reach | Refusal;
  derivedFrom?: string[];
  /** The flags in force for what goes into it. */
  publicationConsent: ConsentFlag[];
  provenance?: Provenance;
}

/** The agreement's datasets; those that are open to the party, with the newest snapshot. Logged, as is every look at what there is. */
export async function listDatasets(deps: DoorDeps, asker: Asker): Promise<Standing & { datasets: Listed[] }> {
  const { agreement, db } = deps;
  const { state, ...said } = await look(deps, asker, 'datasets');
  const datasets = (await reachOf(deps, asker)).map(async ({ id, decision }) => {
    const snapshot = decision.allow ? await publishedSnapshot(db, id) : undefined;
    const derived = agreement.datasets[id]?.derived ? { derivedFrom: inputsOf(agreement, id) } : {};
    return {
      id,
      decision,
      ...derived,
      publicationConsent: consentFlags(agreement, state.consents, inputsOf(agreement, id)),
      ...(decision.allow && snapshot ? { provenance: provenance(agreement, state, snapshot, decision) } : {}),
    };
  });
  return { ...said, datasets: await Promise.all(datasets) };
}

/** The datasets whose runs somebody may see. */
export async function datasetsOfRuns(
  deps: DoorDeps,
  asker: Asker,
): Promise<Standing & Pick<Provenance, 'publicationConsent'> & { datasets: string[] }> {
  const { state, agreement, notice } = await look(deps, asker, 'runs');
  const datasets = (await reachOf(deps, asker)).filter((d) => d.decision.allow).map((d) => d.id);
  const drawn = [...new Set(datasets.flatMap((id) => inputsOf(deps.agreement, id)))];
  return { agreement, notice, publicationConsent: consentFlags(deps.agreement, state.consents, drawn), datasets };
}

/** What somebody may read now, whatever purpose is stated. Decisions only: nothing of a record, so nothing is logged. */
async function reachOf(deps: DoorDeps, asker: Asker): Promise<{ id: string; decision: Reach | Refusal }[]> {
  const { agreement } = deps;
  const state = await deps.state();
  return Object.keys(agreement.datasets).map((id) => ({
    id,
    decision: decideReach(agreement, state, asker.who, { ...requestOf(deps, asker, 'records'), dataset: id }),
  }));
}

async function look(deps: DoorDeps, asker: Asker, action: 'datasets' | 'runs') {
  const state = await deps.state();
  await admitStaff(deps, asker, action);
  return { state, ...standing(deps.agreement, state) };
}

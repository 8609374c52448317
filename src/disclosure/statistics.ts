import { decideStatisticUse } from '../access/statistics';
import { type ConsentFlag, consentFlags } from '../agreements/consents';
import { countedDataset, type Statistic, statisticContributions, statisticDatasets } from '../agreements/statistics';
import type { AuditEntry } from '../audit/entry';
import { KopruError } from '../core/errors';
import { entryOf, logRelease, requestOf } from './permit';
import { standing } from './provenance';
import { charge } from './quota';
import { allowedOf } from './refusal';
import type { Asker, DoorDeps, Standing } from './types';

/** A table of counts as whoever counts it gives it, before any control. */
export interface OwnTable {
  table: {
    /** The day whose state is counted (Europe/Istanbul). */
    date: string;
    dimensions: readonly { id: string; label: string; categories: readonly { code: string; label: string }[] }[];
    cells: readonly { at: readonly string[]; count: number }[];
  };
  /** The snapshots that it was counted from, by dataset. */
  sources: Readonly<Record<string, { version: number; digest: string; sourceTime: string }>>;
}

/** Counts a statistic, or of it the rows of one province. */
export type CountStatistic = (id: string, statistic: Statistic, within?: { field: string; province: string }) => Promise<OwnTable>;

export type OwnStatistic = Standing &
  OwnTable['table'] & {
    statistic: string;
    label: string;
    unit: string;
    sources: OwnTable['sources'];
    publicationConsent: ConsentFlag[];
  };

/**
 * A statistic for the own party's use: decided, counted as a query of each dataset of another owner that it draws on, logged, and
 * then shown as it is. To publish it is another matter (V.Ç.9–10).
 * @throws KopruError `not-found` for what is not in the catalogue, or the refusal
 */
export async function releaseStatistic(deps: DoorDeps, asker: Asker, id: string): Promise<OwnStatistic> {
  const { agreement, audit } = deps;
  const statistic = Object.hasOwn(agreement.statistics, id) ? agreement.statistics[id] : undefined;
  const state = await deps.state();
  const entry: AuditEntry = { ...entryOf(deps, asker), action: 'statistic' };
  if (!statistic) {
    await audit.append({ ...entry, code: 'not-found' });
    throw new KopruError('not-found', 'The agreement’s catalogue has no such statistic.', { hint: 'GET /v1/statistics lists them.' });
  }
  const request = requestOf(deps, asker, 'statistic');
  const decision = decideStatisticUse(agreement, state, asker.who, statistic, request);
  const fields = [...new Set(statisticContributions(agreement, statistic).map(({ dataset, field }) => `${dataset}.${field}`))];
  const about: AuditEntry = {
    ...entry,
    dataset: countedDataset(statistic) ?? null,
    article: decision.article,
    detail: { statistic: id },
  };
  if (!decision.allow) await audit.append({ ...about, code: decision.code });
  const { grant, scope } = allowedOf(decision);
  const allowed: AuditEntry = { ...about, decision: 'allow', grant, fields };
  const drawn = statisticDatasets(agreement, statistic);
  for (const dataset of drawn) {
    const what = { dataset, mode: 'periodic', reading: `statistic ${id}`, queries: 1, records: 0 } as const;
    await charge(deps, asker, { ...what, entry: allowed, request: { ...request, dataset } });
  }
  await logRelease(deps, { entry: allowed }, []);
  const { table, sources } = await deps.countStatistic(id, statistic, scope);
  const { date, cells } = table;
  const dimensions = table.dimensions.map(({ id: of, label, categories }) => ({
    ...{ id: of, label },
    categories: categories.map((one) => ({ code: one.code, label: one.label })),
  }));
  const { label, unit } = statistic;
  const publicationConsent = consentFlags(agreement, state.consents, drawn);
  return { ...standing(agreement, state), ...{ statistic: id, label, unit, date, dimensions, cells, sources, publicationConsent } };
}

import { type ConsentFlag, type ConsentInForce, consentFlags } from '../../agreements/consents';
import type { PublicationDeps } from '../acting';
import type { PublishedTable } from '../control/types';
import type { TableSources } from '../statistics/count';
import { contributorsOf } from './rules';
import {
  isWhole,
  noPublication,
  type PublicationHead,
  type PublicationState,
  publicationHeads,
  publicationOf,
  publicationState,
} from './store';

/** A publication as the parties that it concerns see it. */
export interface PublicationView {
  number: number;
  statistic: string;
  label: string;
  publisher: string;
  /** The number of the person who proposed it. */
  proposedBy: number;
  proposedAt: Date;
  state: PublicationState;
  /** SHA-256 of what readers get, hexadecimal: what an approval is bound to. */
  digest: string;
  document: string;
  sources: TableSources;
  /** The owners whose approval it needs, and those that they gave. */
  contributors: {
    owner: string;
    datasets: string[];
    article: string;
    approval: { at: Date; person: number; named: boolean; document: string } | null;
  }[];
  publishedAt: Date | null;
  withdrawnAt: Date | null;
  /** The flags in force for those datasets. */
  publicationConsent: ConsentFlag[];
}

/** The table as readers would get it; hidden counts are null. */
export interface ShownTable {
  /** The day whose state is counted (Europe/Istanbul). */
  date: string;
  unit: string;
  dimensions: { id: string; label: string; categories: { code: string; label: string }[] }[];
  cells: PublishedTable['cells'];
}

/** The publications of a party and those that draw on its data, newest first. */
export async function listPublications(deps: PublicationDeps, party?: string): Promise<PublicationView[]> {
  const { consents } = await deps.state();
  const all = (await publicationHeads(deps.db, deps.agreement)).map((head) => viewOf(deps, head, consents));
  return party === undefined ? all : all.filter((view) => concerns(view, party));
}

/** One with its table; `whole` tells whether the table is still the one that was frozen. @throws KopruError `not-found` */
export async function showPublication(
  deps: PublicationDeps,
  number: number,
  party?: string,
): Promise<PublicationView & { table: ShownTable; whole: boolean }> {
  const one = await publicationOf(deps.db, deps.agreement, number);
  const view = viewOf(deps, one, (await deps.state()).consents);
  // What is not there and what is another's look alike.
  if (party !== undefined && !concerns(view, party)) throw noPublication(number);
  return { ...view, table: shownTable(deps, one.statistic, one.table), whole: isWhole(one) };
}

export function shownTable({ agreement }: Pick<PublicationDeps, 'agreement'>, statistic: string, table: PublishedTable): ShownTable {
  const { date, dimensions, cells } = table;
  return {
    ...{ date, unit: agreement.statistics[statistic]?.unit ?? '', dimensions: dimensions.map(labelled) },
    cells: cells.map(({ at, count }) => ({ at, count })),
  };
}

/** A dimension as people read it. */
function labelled({ id, label, categories }: PublishedTable['dimensions'][number]): ShownTable['dimensions'][number] {
  return { id, label, categories: categories.map((one) => ({ code: one.code, label: one.label })) };
}

function concerns({ publisher, contributors }: PublicationView, party: string): boolean {
  return publisher === party || contributors.some(({ owner }) => owner === party);
}

function viewOf(deps: PublicationDeps, one: PublicationHead, inForce: readonly ConsentInForce[]): PublicationView {
  const { number, statistic, publisher, proposedBy, proposedAt, digest, document, sources, approvals, published, withdrawn } = one;
  const contributors = contributorsOf(deps, statistic).map((contributor) => {
    const given = approvals.find(({ party }) => party === contributor.owner);
    const approval = given ? { at: given.at, person: given.person, named: given.named, document: given.document } : null;
    return { ...contributor, approval };
  });
  const state = publicationState(
    one,
    contributors.map(({ owner }) => owner),
  );
  const drawn = contributors.flatMap(({ datasets }) => datasets);
  return {
    ...{ number, statistic, label: deps.agreement.statistics[statistic]?.label ?? statistic, publisher, proposedBy, proposedAt, state },
    ...{ digest, document, sources, contributors, publishedAt: published?.at ?? null, withdrawnAt: withdrawn?.at ?? null },
    publicationConsent: consentFlags(deps.agreement, inForce, drawn),
  };
}

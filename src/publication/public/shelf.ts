import type { IsoDate } from '../../core/dates';
import { KopruError } from '../../core/errors';
import { together } from '../../core/together';
import type { PublicationDeps } from '../acting';
import { contributorsOf } from '../publications/rules';
import { isWhole, noPublication, type PublicationHead, publicationHeads, publicationOf } from '../publications/store';
import { type ShownTable, shownTable } from '../publications/view';

/** What anybody may read of a publication. Of an owner that may not be named (Ek-2 5.3) only the dataset’s label is told. */
export interface PublicHead {
  number: number;
  statistic: string;
  title: string;
  publisher: string;
  publishedAt: string;
  digest: string;
  sources: { label: string; owner: string | null; article: string; time: string; digest: string }[];
  /** By which each owner agreed (V.Ç.9–10). */
  approvals: { owner: string | null; article: string; on: IsoDate }[];
  notice: { text: string; article: string };
}

export type PublicTable = PublicHead & ShownTable;

/** What lies open to everybody. */
export interface Shelf {
  /** Changes with every act on publications, in whatever process: what was kept under an older one must not be served. */
  generation(): Promise<number>;
  list(): Promise<PublicHead[]>;
  /** @throws KopruError `not-found`, `publication-withdrawn`, `table-changed` if the stored table is not the approved one */
  one(number: number): Promise<PublicTable>;
}

export function createShelf(deps: PublicationDeps): Shelf {
  const { db, agreement } = deps;
  return {
    // Many readers ask at once, and one statement answers those that wait. It is asked after each of them came.
    generation: together(async (asked: readonly undefined[]) => {
      const { rows } = await db.pool.query({
        name: 'publication-generation',
        text: 'select coalesce(max(id), 0)::int as n from publication_event',
      });
      return asked.map(() => rows[0].n as number);
    }) as unknown as () => Promise<number>,
    list: async () => (await publicationHeads(db, agreement)).filter(isOpen).map((head) => headOf(deps, head)),
    one: async (number) => {
      const one = await publicationOf(db, agreement, number);
      if (one.withdrawn && one.published)
        throw new KopruError('publication-withdrawn', `Publication ${number} was withdrawn on ${one.withdrawn.at.toISOString()}.`);
      // What was never published is as if it were not there.
      if (!isOpen(one)) throw noPublication(number);
      if (!isWhole(one) || !isApproved(deps, one))
        throw new KopruError('table-changed', `Publication ${number} is not what was approved, so it is not shown.`, {
          hint: 'The publisher looks at it.',
        });
      return { ...headOf(deps, one), ...shownTable(deps, one.statistic, one.table) };
    },
  };
}

/** Whether each owner approved just this table, as what it was published on says. */
function isApproved(deps: PublicationDeps, { statistic, digest, approvals, published }: PublicationHead): boolean {
  const given = (published?.grounds.approvals ?? []).filter(({ event, party }) =>
    approvals.some((one) => one.event === event && one.party === party && one.digest === digest),
  );
  const owners = contributorsOf(deps, statistic).map(({ owner }) => owner);
  return owners.length > 0 && owners.every((owner) => given.some(({ party }) => party === owner));
}

const isOpen = ({ published, withdrawn }: PublicationHead) => published !== undefined && !withdrawn;

function headOf(deps: PublicationDeps, one: PublicationHead): PublicHead {
  const { agreement } = deps;
  const approvals = one.published?.grounds.approvals ?? [];
  const nameOf = (party: string) => agreement.parties[party]?.name ?? party;
  const named = (owner: string) =>
    owner === one.publisher || approvals.some(({ party, named: may }) => party === owner && may) ? nameOf(owner) : null;
  const sources = contributorsOf(deps, one.statistic).flatMap(({ owner, datasets, article }) =>
    datasets.flatMap((dataset) => {
      const from = one.sources[dataset];
      const label = agreement.datasets[dataset]?.label ?? '';
      return from ? [{ label, owner: named(owner), article, time: from.sourceTime, digest: from.digest }] : [];
    }),
  );
  return {
    number: one.number,
    statistic: one.statistic,
    title: agreement.statistics[one.statistic]?.label ?? one.statistic,
    publisher: nameOf(one.publisher),
    publishedAt: one.published?.at.toISOString() ?? '',
    digest: one.digest,
    sources,
    approvals: approvals.map(({ party, article, on }) => ({ owner: named(party), article, on })),
    notice: agreement.notice,
  };
}

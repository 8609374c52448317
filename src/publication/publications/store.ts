import type { Agreement } from '../../agreements/language';
import type { IsoDate } from '../../core/dates';
import { KopruError } from '../../core/errors';
import type { Database } from '../../infra/db';
import type { PublishedTable } from '../control/types';
import type { TableSources } from '../statistics/count';
import { digestOf } from './digest';

/** proposed → approved by each owner → published → withdrawn; or declined by an owner. */
export type PublicationState = 'proposed' | 'approved' | 'declined' | 'published' | 'withdrawn';

/** An approval of a contributing owner, bound to what the table was when it was given. */
export interface Approval {
  event: number;
  party: string;
  person: number;
  digest: string;
  /** Whether the owner may be named in public (Ek-2 5.3). */
  named: boolean;
  document: string;
  at: Date;
}

/** What a publication rests on. */
export interface Grounds {
  approvals: { party: string; event: number; named: boolean; article: string; on: IsoDate }[];
  consents: { number: number; owner: string; dataset: string; article: string; until: IsoDate }[];
}

/** A publication without its table. */
export interface PublicationHead {
  number: number;
  statistic: string;
  population: string;
  publisher: string;
  proposedBy: number;
  proposedAt: Date;
  document: string;
  sources: TableSources;
  /** As it was written down; `isWhole` tells whether the table still fits it. */
  digest: string;
  approvals: Approval[];
  declined: { party: string; at: Date } | undefined;
  published: { at: Date; grounds: Grounds } | undefined;
  withdrawn: { party: string; at: Date } | undefined;
}

export interface StoredPublication extends PublicationHead {
  table: PublishedTable;
}

export type Reading = Pick<Database, 'prisma'> | { prisma: Pick<Database['prisma'], 'publication' | 'publicationEvent'> };

/** Publications with all that happened to them, newest first; without their tables, which may be large. */
export async function publicationHeads(
  { prisma }: Reading,
  { id: agreementId }: Agreement,
  only: { number?: number; populations?: readonly string[] } = {},
): Promise<PublicationHead[]> {
  const { number, populations } = only;
  const rows = await prisma.publication.findMany({
    where: {
      agreementId,
      ...(number === undefined ? {} : { id: number }),
      ...(populations === undefined ? {} : { population: { in: [...populations] } }),
    },
    omit: { table: true },
    orderBy: { id: 'desc' },
  });
  const events = await prisma.publicationEvent.findMany({
    where: { publicationId: { in: rows.map(({ id }) => id) } },
    orderBy: { id: 'asc' },
  });
  return rows.map(({ id, at, sources, by: _, agreementId: __, ...row }) => {
    const own = events.filter(({ publicationId }) => publicationId === id);
    const event = (what: string) => own.find((one) => one.what === what);
    const [published, declined, withdrawn] = [event('published'), event('declined'), event('withdrawn')];
    return {
      ...row,
      number: id,
      proposedAt: at,
      sources: sources as unknown as TableSources,
      approvals: own
        .filter(({ what }) => what === 'approved')
        .map((one) => ({
          ...{ event: one.id, party: one.party, person: one.person, document: one.document, at: one.at },
          ...{ digest: one.digest ?? '', named: one.named ?? false },
        })),
      declined: declined && { party: declined.party, at: declined.at },
      published: published && { at: published.at, grounds: published.grounds as unknown as Grounds },
      withdrawn: withdrawn && { party: withdrawn.party, at: withdrawn.at },
    };
  });
}

/** The same with the table. @throws KopruError `not-found` */
export async function publicationOf(db: Reading, agreement: Agreement, number: number): Promise<StoredPublication> {
  const [head] = await publicationHeads(db, agreement, { number });
  if (!head) throw noPublication(number);
  const [table] = await tablesOf(db, [number]);
  return { ...head, table: table as PublishedTable };
}

export function noPublication(number: number): KopruError {
  return new KopruError('not-found', `There is no publication ${number}.`, { hint: 'kopru publication list shows those that there are.' });
}

/** The tables of publications, as they lie in the database, in this order. */
export async function tablesOf({ prisma }: Reading, numbers: readonly number[]): Promise<PublishedTable[]> {
  const rows = await prisma.publication.findMany({ where: { id: { in: [...numbers] } }, select: { id: true, table: true } });
  const byNumber = new Map(rows.map(({ id, table }) => [id, table as unknown as PublishedTable]));
  return numbers.flatMap((number) => byNumber.get(number) ?? []);
}

/** Where a publication stands, if these owners must approve it. */
export function publicationState(one: PublicationHead, owners: readonly string[]): PublicationState {
  if (one.withdrawn) return 'withdrawn';
  if (one.published) return 'published';
  if (one.declined) return 'declined';
  return owners.every((owner) => one.approvals.some(({ party }) => party === owner)) ? 'approved' : 'proposed';
}

/** Whether its readers may have come to know of it, or still may: later tables must be safe beside it. */
export function mayBeKnown({ declined, withdrawn, published }: PublicationHead): boolean {
  return published !== undefined || (!declined && !withdrawn);
}

/** Whether the stored table, and what it was counted from, is what was written down. */
export function isWhole({ table, sources, digest }: StoredPublication): boolean {
  try {
    return digestOf(table, sources) === digest;
  } catch {
    return false;
  }
}

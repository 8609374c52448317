import type { IsoDate } from '../../core/dates';
import { KopruError } from '../../core/errors';
import type { Database } from '../../infra/db';
import type { Origin } from './store';

type Undertakings = { prisma: Pick<Database['prisma'], 'undertaking'> };

/** A version of the institutional undertaking of a party (Ek-2 9). */
export interface UndertakingVersion {
  party: string;
  version: number;
  /** From this day on, in Europe/Istanbul, the party's staff must have accepted it. */
  effectiveOn: IsoDate;
  document: string;
}

/** All versions, of one party or of all, oldest first. */
export async function listUndertakings(db: Undertakings, party?: string): Promise<UndertakingVersion[]> {
  const rows = await db.prisma.undertaking.findMany({
    where: party === undefined ? {} : { party },
    orderBy: [{ party: 'asc' }, { version: 'asc' }],
  });
  return rows.map((row) => ({ ...row, effectiveOn: row.effectiveOn.toISOString().slice(0, 10) })).map(shown);
}

const shown = ({ party, version, effectiveOn, document }: UndertakingVersion) => ({ party, version, effectiveOn, document });

/** The version that is in effect on a day; undefined if none is. */
export function currentUndertaking(versions: readonly UndertakingVersion[], party: string, today: IsoDate): number | undefined {
  return versions.filter((one) => one.party === party && one.effectiveOn <= today).at(-1)?.version;
}

/**
 * Adds a party's next version; it supersedes the ones before from its day on. Returns its number.
 * @throws KopruError `state-conflict` if a version before it begins later
 */
export async function addUndertaking(db: Undertakings, party: string, effectiveOn: IsoDate, origin: Origin): Promise<number> {
  const newest = (await listUndertakings(db, party)).at(-1);
  if (newest && effectiveOn < newest.effectiveOn) {
    throw new KopruError(
      'state-conflict',
      `Version ${newest.version} begins on ${newest.effectiveOn}, and the next one cannot begin before.`,
      {
        hint: 'What is recorded stays: let the new version begin on that day or later.',
      },
    );
  }
  const version = (newest?.version ?? 0) + 1;
  const { document, sha256, at, by } = origin;
  await db.prisma.undertaking.create({
    data: { party, version, effectiveOn: new Date(effectiveOn), document, documentSha256: sha256 ?? null, at, by },
  });
  return version;
}

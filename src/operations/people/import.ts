import { createHash } from 'node:crypto';
import { bounds, readForm } from '../../access/people/form';
import { carryOut, planPeople } from '../../access/people/saving';
import { removePeople } from '../../access/people/store';
import { listUndertakings } from '../../access/people/undertakings';
import { istanbulDate } from '../../core/dates';
import { type Acting, changing, knownParty, type PeopleBroker, refuseSelf } from './acting';

/** A larger file is refused. */
export const mostFormBytes = bounds.fileBytes;

export interface ImportAsked {
  party: string;
  /** The filled-in form, CSV or XLSX. */
  bytes: Uint8Array;
  /** Reference of the paper that the list came with. */
  document: string;
  /** The list is all of the party's personnel: whoever is not in it is removed. */
  complete?: boolean | undefined;
  /** Only tells what it would do. */
  dryRun?: boolean | undefined;
}

/** What an import did, or would do: how many, and never who. */
export interface ImportDone {
  party: string;
  listed: number;
  added: number;
  changed: number;
  same: number;
  removed: number;
  /** Authorised people who are not in the list and stay. */
  unlisted: number;
  /** Live tokens that the removals ended. */
  tokensEnded: number;
  /** SHA-256 of the file, hex. */
  sha256: string;
  dryRun: boolean;
}

/**
 * Takes in a list of authorised personnel (V.E.4, Ek-3) whole or not at all.
 * @throws KopruError `form-invalid`, `too-large`, `not-found`, `party-foreign`; `self-refused` if it would change who acts
 */
export async function importPersonnel(broker: PeopleBroker, asked: ImportAsked, acting: Acting): Promise<ImportDone> {
  const { bytes, document, complete = false, dryRun = false } = asked;
  const party = knownParty(broker.agreement, asked.party);
  const at = broker.clock();
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return changing(broker, acting, party, async (db, log) => {
    const undertakings = new Set((await listUndertakings(db, party)).map(({ version }) => version));
    const entries = readForm(bytes, { today: istanbulDate(at), undertakings });
    const plan = await planPeople(db, broker.keys, broker.agreement.id, party, entries);
    const leaving = complete ? plan.absent : [];
    for (const { before } of plan.changed) if (before) refuseSelf(acting, before.id);
    for (const { id } of leaving) refuseSelf(acting, id);
    const counts = {
      listed: entries.length,
      added: plan.added.length,
      changed: plan.changed.length,
      same: plan.same.length,
      removed: leaving.length,
      unlisted: plan.absent.length - leaving.length,
    };
    if (dryRun) return { party, ...counts, tokensEnded: 0, sha256, dryRun };
    const origin = { document, sha256, at, by: acting.by };
    await log('personnel import', { party, document, sha256, complete, ...counts });
    await carryOut(db, plan, origin);
    return { party, ...counts, tokensEnded: await removePeople(db, leaving, origin), sha256, dryRun };
  });
}

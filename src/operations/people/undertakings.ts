import { addUndertaking, listUndertakings, type UndertakingVersion } from '../../access/people/undertakings';
import { type Acting, changing, dayOf, knownParty, type PeopleBroker } from './acting';

/** The versions of the institutional undertakings, of one party or of all. */
export async function undertakings({ db, agreement }: PeopleBroker, party?: string): Promise<UndertakingVersion[]> {
  return listUndertakings(db, party === undefined ? undefined : knownParty(agreement, party));
}

/** Records a party's next version (Ek-2 9): from its day on, only staff who accepted it may act. Returns its number. */
export async function recordUndertaking(
  broker: PeopleBroker,
  asked: { party: string; effectiveOn: string; document: string; sha256?: string | undefined },
  acting: Acting,
): Promise<number> {
  const { document, sha256 } = asked;
  const party = knownParty(broker.agreement, asked.party);
  const effectiveOn = dayOf(asked.effectiveOn);
  return changing(broker, acting, party, async (db, log) => {
    const version = await addUndertaking(db, party, effectiveOn, { document, sha256, at: broker.clock(), by: acting.by });
    await log('undertaking add', { party, version, effectiveOn, document, sha256 });
    return version;
  });
}

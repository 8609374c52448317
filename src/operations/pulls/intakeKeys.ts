import type { IntakeContext } from '../../intake/reader';
import type { BrokerBase } from '../broker';

/** The keys with which a dataset's records are taken in, and the number of the one that seals. */
export async function intakeKeys(broker: BrokerBase, dataset: string): Promise<{ keys: IntakeContext['keys']; keyId: number }> {
  const { keys, agreement } = broker;
  const seal = await keys.current(dataset, 'seal');
  const hash = await keys.current(dataset, 'hash');
  // One index and one name key per agreement, so that its datasets can be joined.
  const index = await keys.current(agreement.id, 'index');
  const name = await keys.current(agreement.id, 'name');
  return { keys: { seal: seal.bytes, hash: hash.bytes, index: index.bytes, name: name.bytes }, keyId: seal.id };
}

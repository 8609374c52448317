import { operation } from '../../audit/entry';
import { appendWithin } from '../../audit/log';
import { asRange } from '../../core/addresses';
import { KopruError } from '../../core/errors';
import type { Broker, Operator } from '../broker';
import { requireDocument, requireParty } from './wishes';

type Deps = Pick<Broker, 'db' | 'agreement' | 'clock'>;

/** A rule on addresses as people see it; one that was removed stays on the list of all. */
export interface AddressRuleView {
  id: number;
  party: string;
  unit: string | null;
  cidr: string;
  note: string;
  document: string;
  addedAt: Date;
  addedBy: string;
  removedAt: Date | null;
  removedBy: string | null;
}

/** Rules in force, by party and in the order in which they were added; with `all` the removed ones too. */
export async function listAddressRules(
  { db }: Deps,
  options: { party?: string | undefined; all?: boolean } = {},
): Promise<AddressRuleView[]> {
  const where = { ...(options.party ? { party: options.party } : {}), ...(options.all ? {} : { removedAt: null }) };
  return db.prisma.addressRule.findMany({ where, orderBy: [{ party: 'asc' }, { id: 'asc' }] });
}

/**
 * Lets a party, or one unit of it, come from a range of addresses (V.Ç.6). The first rule shuts every other address out.
 * @throws KopruError `not-found` for the party, `request-invalid` for the range, `state-conflict` if it is there already
 */
export async function addAddressRule(
  { db, agreement, clock }: Deps,
  wish: { party: string; unit?: string | undefined; cidr: string; note?: string | undefined; document: string },
  by: Operator,
): Promise<AddressRuleView> {
  const { party, note = '' } = wish;
  requireParty(agreement, party);
  const cidr = asRange(wish.cidr.trim());
  if (!cidr)
    throw new KopruError('request-invalid', `"${wish.cidr.slice(0, 60)}" is no address and no range of addresses.`, {
      hint: 'Write 10.1.2.3, 10.1.0.0/16 or 2001:db8::/32; a range begins at its first address.',
    });
  const unit = wish.unit?.trim() || null;
  const now = clock();
  const rule = { party, unit, cidr, note: note.trim(), document: requireDocument(wish.document) };
  return db.prisma.$transaction(async (tx) => {
    const added = await tx.addressRule.createManyAndReturn({ data: [{ ...rule, addedAt: now, addedBy: by }], skipDuplicates: true });
    if (!added[0]) throw new KopruError('state-conflict', `The rule for ${cidr} is there already.`, { hint: 'See kopru address list.' });
    await appendWithin(tx, operation({ at: now, by, command: 'address add', detail: rule }));
    return added[0];
  });
}

/**
 * Takes a rule back. With the last one of a unit its party's hold again; with the last one of a party every address is allowed.
 * @throws KopruError `not-found` if there is none of this number in force
 */
export async function removeAddressRule({ db, clock }: Deps, id: number, by: Operator): Promise<AddressRuleView> {
  const now = clock();
  return db.prisma.$transaction(async (tx) => {
    const removed = await tx.addressRule.updateManyAndReturn({ where: { id, removedAt: null }, data: { removedAt: now, removedBy: by } });
    if (!removed[0]) throw new KopruError('not-found', `There is no rule ${id} in force.`, { hint: 'See kopru address list.' });
    await appendWithin(tx, operation({ at: now, by, command: 'address remove', detail: { rule: id } }));
    return removed[0];
  });
}

import { isAddress, isWithin } from '../../core/addresses';

/** A range of addresses from which a party, or one unit of it, may come (V.Ç.6: IP restriction). */
export interface AddressRule {
  id: number;
  party: string;
  /** Null: for the whole party. */
  unit: string | null;
  cidr: string;
}

/**
 * Whether an address lies in one of the ranges. Policy: where there are no rules, every address is allowed; what is no address
 * never is. An IPv4 address in IPv6 (`::ffff:10.0.0.1`) counts as IPv4.
 */
export function addressAllowed(address: string, rules: readonly { cidr: string }[]): boolean {
  return isAddress(address) && (rules.length === 0 || rules.some(({ cidr }) => isWithin(address, cidr)));
}

/** Which rules hold for a caller. Policy: the unit's own if it has any, else the party's; with none of both every address is allowed. */
export function rulesFor<Rule extends Pick<AddressRule, 'party' | 'unit'>>(
  all: readonly Rule[],
  { party, unit }: { party: string; unit?: string | null | undefined },
): Rule[] {
  const [ours, whose] = [all.filter((rule) => rule.party === party), unit ?? null];
  const own = whose === null ? [] : ours.filter((rule) => rule.unit === whose);
  return own.length > 0 ? own : ours.filter((rule) => rule.unit === null);
}

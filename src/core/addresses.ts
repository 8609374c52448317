import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** IPv4 in IPv6 as it was once written; the library takes it for the form of today. */
const outOfUse = /^::\d+\.\d+\./;

/** Written out: short forms such as 127.1 and octal ones are no addresses here. An IPv4 address in IPv6 (::ffff:10.0.0.1) is IPv4. */
function addressIn(text: string): Address | undefined {
  return isIP(text) === 0 || outOfUse.test(text) ? undefined : ipaddr.process(text);
}

/** A range as network and length; a single address is a range of one. Undefined if it is none, or if its address has bits beyond its length. */
function rangeIn(text: string): [Address, number] | undefined {
  const [, written = '', length] = /^([^/%]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const network = addressIn(written);
  if (!network) return undefined;
  // Of an IPv4 address in IPv6 the first 96 bits are its wrapping.
  const wrapping = network.kind() === 'ipv4' && written.includes(':') ? 96 : 0;
  const most = network.kind() === 'ipv4' ? 32 : 128;
  const bits = length === undefined ? most : Number(length) - wrapping;
  return bits >= 0 && bits <= most && hasNoBitsBeyond(network, bits) ? [network, bits] : undefined;
}

function hasNoBitsBeyond(network: Address, bits: number): boolean {
  return network.toByteArray().every((byte, i) => (byte & (0xff >> Math.min(8, Math.max(0, bits - i * 8)))) === 0);
}

/** A range of addresses in its one writing (`10.0.0.0/8`, `2001:db8::/32`); undefined if the text is none. */
export function asRange(text: string): string | undefined {
  const range = rangeIn(text);
  return range && `${range[0].toString()}/${range[1]}`;
}

/** Whether an address lies in a range. What is no address lies nowhere, and nothing lies in what is no range. */
export function isWithin(address: string, range: string): boolean {
  const [one, all] = [addressIn(address), rangeIn(range)];
  if (!one || !all || one.kind() !== all[0].kind()) return false;
  return (one as ipaddr.IPv6).match(all[0] as ipaddr.IPv6, all[1]);
}

export const isAddress = (text: string): boolean => addressIn(text) !== undefined;

/** The network that one subscriber has: an IPv4 address itself, the /64 of an IPv6 one (RFC 6177). What is no address is its own. */
export function networkOf(address: string): string {
  const one = addressIn(address.replace(/%.*$/, ''));
  if (!one) return address.slice(0, 64);
  return one.kind() === 'ipv4' ? one.toString() : ipaddr.IPv6.networkAddressFromCIDR(`${one.toString()}/64`).toString();
}

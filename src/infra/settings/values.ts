import { resolve } from 'node:path';
import { z } from 'zod';
import { asRange } from '../../core/addresses';
import { redisPlace } from '../../core/redisPlace';

// Each value's message goes on from "NAME is "…" and ".

function checked<T>(read: (text: string) => T | undefined, problem: string) {
  return z.string().transform((text, context): T => {
    const value = read(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: problem });
    return z.NEVER;
  });
}

function digits(text: string, least: number, most: number): number | undefined {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}

export const wholeNumber = (least: number, most: number) =>
  checked((text) => digits(text, least, most), `must be a whole number from ${least} to ${most}`);

export const anyOf = <const T extends string>(words: readonly T[]) =>
  checked((text) => words.find((word) => word === text), `must be one of ${words.join(', ')}`);

/** An absolute path from one that may count from `base`. */
export const fileIn = (base: string) => checked((text) => (text.includes('\0') ? undefined : resolve(base, text)), 'must be a path');

export const hostName = () =>
  checked(
    (text) => (/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(text) ? text : undefined),
    'must be a host name or an IP address',
  );

export const urlOf = (...protocols: [string, ...string[]]) =>
  checked(
    (text) => {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      return url && protocols.includes(url.protocol) && url.hostname !== '' ? text : undefined;
    },
    `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  );

/** Ranges of addresses, parted by commas; none is fine, all addresses there are is not. */
export const ranges = () =>
  checked((text): readonly string[] | undefined => {
    const all = text.split(',').flatMap((part) => (part.trim() === '' ? [] : [asRange(part.trim())]));
    return all.every((range) => range !== undefined && !range.endsWith('/0')) ? (all as string[]) : undefined;
  }, 'must be addresses or ranges such as 10.1.0.0/16, parted by commas');

/** One Redis, a group watched by Sentinels, or a Cluster. */
export const redisUrl = () =>
  checked(
    (text) => (redisPlace(text) ? text : undefined),
    'must be a URL that begins with redis:// or rediss://, or redis+sentinel://host,host/group or redis+cluster://host,host',
  );

const namedSizes: Record<string, string> = { default: '2000,20000,6000', large: '5000,1000000,300000' };
const mostRecords = 10_000_000;

export const standInSize = () =>
  checked((text) => {
    const numbers = (namedSizes[text] ?? text).split(',').map((part) => digits(part.trim(), 1, mostRecords));
    const [agents, workers, children] = numbers;
    if (numbers.length !== 3 || !agents || !workers || !children) return undefined;
    return { agents, workers, children };
  }, `must be default, large or three whole numbers from 1 to ${mostRecords} (agents,workers,children)`);

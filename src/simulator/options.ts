import { type Clock, systemClock } from '../core/clock';
import { parseDate } from '../core/dates';
import { KopruError } from '../core/errors';
import type { Population, Sizes } from './population/types';
import type { ListingName, ServiceName } from './services/addresses';
import { type Credentials, newCredentials } from './services/credentials';

export const defaultSizes: Sizes = { agents: 2_000, workers: 20_000, children: 6_000 };
export const defaultPageCaps: Record<ListingName, number> = { agents: 500, workers: 2_500, children: 500 };

export interface SimulatorOptions {
  /** PEM texts. */
  tls: { key: string; cert: string };
  seed?: number;
  /** Records on day 0; what is left out has its default. */
  sizes?: Partial<Sizes>;
  /** `yyyy-MM-dd` of day 0. */
  startDate?: string;
  /** Begins as if so many days had passed, so that a second start goes on with the same data. */
  day?: number;
  /** Listens here, and stands in the addresses. */
  host?: string;
  /** Default 0: any free one. */
  ports?: Partial<Record<ServiceName, number>>;
  /** Default: new ones at every start. */
  credentials?: Credentials;
  /** The most records on a page, 1 to 5,000. */
  pageCaps?: Partial<Record<ListingName, number>>;
  /** Ek-1's queries a day. */
  queryDailyLimit?: number;
  /** Opens /control to those who know it; without it there is no such path. */
  controlToken?: string;
  /** Where each day's pages are written beforehand, so that serving them takes little time; without it they are made when asked for. */
  pagesFolder?: string;
  /** Tells the query service when its day ends. */
  clock?: Clock;
}

export interface Settings {
  population: Population;
  day: number;
  host: string;
  caps: Record<ListingName, number>;
  credentials: Credentials;
  queryDailyLimit: number;
  clock: Clock;
}

/** The options with their defaults. KopruError settings-invalid with all that is wrong. */
export function readOptions(options: SimulatorOptions): Settings {
  const settings: Settings = {
    population: {
      seed: options.seed ?? 2024,
      sizes: { ...defaultSizes, ...options.sizes },
      startDate: options.startDate ?? '2026-08-15',
    },
    day: options.day ?? 0,
    host: options.host ?? '127.0.0.1',
    caps: { ...defaultPageCaps, ...options.pageCaps },
    credentials: options.credentials ?? newCredentials(),
    queryDailyLimit: options.queryDailyLimit ?? 1_000,
    clock: options.clock ?? systemClock,
  };
  const wrong = problems(settings);
  if (wrong.length > 0) throw new KopruError('settings-invalid', `The stand-in services cannot start: ${wrong.join('; ')}.`);
  return settings;
}

function problems({ population, day, caps, queryDailyLimit }: Settings): string[] {
  const wrong: string[] = [];
  const whole = (name: string, value: number, least: number, most: number) => {
    if (!Number.isInteger(value) || value < least || value > most) wrong.push(`${name} must be a whole number from ${least} to ${most}`);
  };
  whole('seed', population.seed, 0, 0xffff_ffff);
  whole('day', day, 0, 3_650);
  whole('the daily limit of queries', queryDailyLimit, 0, 1e9);
  for (const [name, size] of Object.entries(population.sizes)) whole(name, size, 0, 5_000_000);
  for (const [name, cap] of Object.entries(caps)) whole(`the page cap of ${name}`, cap, 1, 5_000);
  if (parseDate(population.startDate, 'yyyy-MM-dd') === undefined) wrong.push('the start date must be a day such as 2026-08-15');
  return wrong;
}

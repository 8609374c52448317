import { weighted } from './draw';

/** Where the work is, by the provinces that offer it. */
const regions = {
  çukurova: ['01', '01', '33', '31', '80'],
  anatolia: ['42', '06', '26', '68', '51', '38'],
  apricots: ['44', '44', '02'],
  vegetables: ['16', '45', '10', '35', '59'],
  hazelnuts: ['52', '52', '28', '28', '81', '54', '55', '61', '67'],
  tea: ['53', '53', '08', '61'],
  cotton: ['63', '63', '21', '09', '01'],
  home: ['63', '21', '47', '02'],
} as const;

type Region = keyof typeof regions;

const year = (months: string): readonly Region[] => months.trim().split(/\s+/) as Region[];

/** The months of a year, January first: a family is in several places, citrus and hoeing in Çukurova, hazelnuts on the Black Sea. */
const southern = [
  year('çukurova çukurova çukurova çukurova çukurova anatolia anatolia hazelnuts hazelnuts cotton cotton çukurova'),
  year('çukurova çukurova çukurova çukurova anatolia apricots apricots hazelnuts hazelnuts cotton cotton çukurova'),
  year('çukurova çukurova çukurova çukurova vegetables vegetables vegetables vegetables vegetables cotton cotton home'),
  year('home home çukurova çukurova anatolia anatolia anatolia hazelnuts anatolia anatolia home home'),
];
const eastern = [year('home home home home tea tea tea hazelnuts hazelnuts tea home home')];
const settled = [year(Array(12).fill('çukurova').join(' '))];
const herding = [year('çukurova çukurova çukurova anatolia anatolia anatolia anatolia anatolia anatolia vegetables vegetables vegetables')];

export const nationalities = ['TR', 'SY', 'AF', 'IQ', 'GE', 'AZ'] as const;
export type Nationality = (typeof nationalities)[number];

/** Of a hundred foreign families. */
export const foreignFamilies = weighted<Nationality>(['SY', 58], ['GE', 14], ['AF', 12], ['IQ', 8], ['AZ', 8]);

const routesOf: Record<Nationality, readonly (readonly Region[])[]> = {
  TR: southern,
  SY: [...settled, ...southern.slice(0, 2)],
  AF: herding,
  IQ: southern.slice(1, 3),
  GE: eastern,
  AZ: eastern,
};

const southEast = weighted(
  ['63', 34],
  ['21', 14],
  ['47', 10],
  ['02', 12],
  ['72', 6],
  ['56', 4],
  ['73', 5],
  ['27', 5],
  ['31', 4],
  ['01', 4],
  ['65', 2],
  ['46', 3],
  ['80', 2],
);

/** Provinces families come from, by nationality; foreigners' is where they are registered. */
export const homesOf: Record<Nationality, readonly string[]> = {
  TR: southEast,
  SY: weighted(['63', 5], ['31', 4], ['01', 4], ['27', 3], ['33', 2]),
  AF: weighted(['42', 3], ['06', 2], ['65', 1]),
  IQ: ['55', '06', '47'],
  GE: ['08', '61'],
  AZ: ['76', '36'],
};

/** One stay: where, and on which day of the season's year it nominally begins. */
export interface Stay {
  provinces: readonly string[];
  year: number;
  month: number;
}

/** For each route of a nationality the stay that a date (`year`, `month` 1–12) falls in, and the one before it. */
export function staysAt(year: number, month: number): Record<Nationality, readonly { now: Stay; before: Stay }[]> {
  const of = (route: readonly Region[], at: number): Stay => {
    const region = route[(at + 24) % 12] as Region;
    let from = at;
    while (from > at - 11 && route[(from + 23) % 12] === region) from -= 1;
    return { provinces: regions[region], year: year + Math.floor(from / 12), month: ((from + 24) % 12) + 1 };
  };
  const both = (route: readonly Region[]) => {
    const now = of(route, month - 1);
    const before = of(route, now.year * 12 + now.month - 1 - year * 12 - 1);
    return { now, before };
  };
  const out = {} as Record<Nationality, { now: Stay; before: Stay }[]>;
  for (const nationality of nationalities) out[nationality] = routesOf[nationality].map(both);
  return out;
}

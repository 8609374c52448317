import { dayNumber, isoDay, partialDay } from './days';
import { below, draw, pick } from './draw';
import { blockSize, foreignIndex, headOf, linkedPosition } from './households';
import { tckn, vkn, ykn } from './ids';
import type { Culture } from './nameLists';
import { fullName, type Sex, surnameOf } from './names';
import { agentId, agentOfFamily, workerId } from './numbers';
import { phone } from './phones';
import { foreignFamilies, homesOf, type Nationality, staysAt } from './places';
import { dummies, oddAgent } from './plants';
import type { Maker, Population, WorkerRecord } from './types';

const cultures: Record<Nationality, Culture> = { TR: 'turkish', SY: 'arabic', IQ: 'arabic', AF: 'afghan', GE: 'georgian', AZ: 'azeri' };

/** What never changes of a person in e-METİP; ÇTS holds some of the same children. */
export interface Person {
  head: number;
  nationality: Nationality;
  culture: Culture;
  sex: Sex;
  fullName: string;
  /** Full years on the start date. */
  age: number;
  /** Days since 1900. */
  birthDay: number;
}

/** The person with this ordinal; `today` is the population's start date as days since 1900. */
export function workerPerson(seed: number, ordinal: number, today: number): Person {
  const block = Math.floor(ordinal / blockSize);
  const head = headOf(ordinal, draw(seed, 200, block));
  const nationality = foreignIndex(ordinal) === undefined ? 'TR' : pick(draw(seed, 201, block), foreignFamilies);
  const culture = cultures[nationality];
  const place = ordinal - head;
  const way = draw(seed, 202, ordinal);
  // The husband heads most households; one in seven is a woman's.
  const headSex: Sex = draw(seed, 202, head) % 7 === 0 ? 'KADIN' : 'ERKEK';
  const sex: Sex = place === 0 ? headSex : place === 1 ? (headSex === 'ERKEK' ? 'KADIN' : 'ERKEK') : way % 2 === 0 ? 'KADIN' : 'ERKEK';
  const kin = place > 1 && way % 13 === 0;
  const age = place < 2 ? 24 + below(way, 34) : ordinal % blockSize === linkedPosition ? 6 + below(way, 11) : 1 + below(way, 22);
  return {
    head,
    nationality,
    culture,
    sex,
    fullName: fullName(culture, sex, surnameOf(culture, seed, 203, kin ? ordinal : head), seed, 210, ordinal),
    age,
    birthDay: today - age * 365 - Math.floor(age / 4) - 1 - below(draw(seed, 204, ordinal), 360),
  };
}

/** Out of a hundred of that age, how many only accompany the family. */
function accompanyingShare(age: number): number {
  if (age < 12) return 97;
  if (age < 15) return 75;
  return age < 18 ? 25 : 5;
}

/** The agent's number as e-METİP has it: a few are not reported, a few unknown to İŞKUR. */
function agentOf(population: Population, family: number, change: number, ordinal: number): string | null {
  const { seed } = population;
  const way = draw(seed, 220, change === 0 ? family : ordinal) % 200;
  const who = draw(seed, 221 + change, change === 0 ? family : ordinal);
  const odd = change === 0 ? oddAgent(family) : undefined;
  if (odd !== undefined) return odd === 'dummy' ? dummies.namedAsAgent : ykn(seed, 'stranger', who % 50_000);
  if (way < 4) return null;
  if (way < 7) return tckn(seed, 'stranger', who % 50_000);
  if (way < 8) return ykn(seed, 'stranger', who % 50_000);
  if (way < 9 || population.sizes.agents === 0) return vkn(seed, 'stranger', who % 50_000);
  return agentId(seed, agentOfFamily(who, population.sizes.agents));
}

/** Makes e-METİP's workers and the family members with them. */
export function workerMaker(population: Population): Maker<'emetip.workers'> {
  const { seed, startDate } = population;
  const today = dayNumber(startDate);
  const year = Number(startDate.slice(0, 4));
  const stays = staysAt(year, Number(startDate.slice(5, 7)));
  return (ordinal, revision) => {
    const person = workerPerson(seed, ordinal, today);
    const family = person.head;
    const way = draw(seed, 230, ordinal);
    let phones = 0;
    let agents = 0;
    let moves = 0;
    let left = way % 20 === 0;
    for (let r = 1; r <= revision; r += 1) {
      const change = draw(seed, 231 + r * 1_000, ordinal) % 10;
      if (change < 2) phones += 1;
      else if (change < 6) [moves, left] = [moves + 1, false];
      else if (change < 7) agents += 1;
      else left = !left;
    }

    const stay = pick(draw(seed, 232, family), stays[person.nationality]);
    // A third of the families are still where they were before.
    const late = moves === 0 && draw(seed, 233, family) % 3 === 0;
    const { provinces, year: stayYear, month } = late ? stay.before : stay.now;
    const nominal = dayNumber(`${stayYear}-${String(month).padStart(2, '0')}-01`) + (draw(seed, 234, family) % 14);
    const began = moves === 0 ? Math.min(nominal, today) : today + moves - (draw(seed, 235, ordinal) % 5);
    const accompanies = way % 100 < accompanyingShare(person.age);
    const record: WorkerRecord = {
      nationalId: workerId(seed, ordinal),
      fullName: person.fullName,
      birthDate: partialDay(person.birthDay, draw(seed, 236, ordinal), { none: 1, year: 3, month: 2 }),
      sex: person.sex,
      nationality: person.nationality,
      phone: phones === 0 && (person.age < 14 || way % 3 === 0) ? null : phone(seed, 240, ordinal, phones, false),
      householdHeadId: workerId(seed, family),
      memberRole: accompanies ? 'REFAKATÇİ' : 'İŞÇİ',
      agentId: agentOf(population, family, agents, ordinal),
      homeProvince: pick(draw(seed, 237, family), homesOf[person.nationality]),
      workProvince: pick(draw(seed, 238 + moves, moves === 0 ? family : ordinal), provinces),
      season: stayYear,
      workStartDate: accompanies ? null : isoDay(began),
      workEndDate: accompanies || !left ? null : isoDay(began + 5 + (way % 20)),
    };
    return record;
  };
}

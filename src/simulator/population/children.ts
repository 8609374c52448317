import { provinces } from '../../core/provinces';
import { dayNumber, isoDay, partialDay } from './days';
import { below, draw, pick, weighted } from './draw';
import { blockSize, linkedWorker } from './households';
import { tckn, ykn } from './ids';
import { fullName, misspelt, surnameOf, upperName } from './names';
import { workerId } from './numbers';
import { homesOf } from './places';
import { conflictAt, dummies, dummyChild, hasDummyHead, isOut } from './plants';
import type { ChildRecord, Maker, Population, Schooling, Sector } from './types';
import { workerPerson } from './workers';

const sectors = weighted<Sector>(['MEVSİMLİK_TARIM', 22], ['TARIM', 18], ['SANAYİ', 22], ['HİZMET', 26], ['SOKAK', 9], ['BİLİNMİYOR', 3]);
const schoolings = weighted<Schooling>(['OKULA_DEVAM', 60], ['DEVAMSIZ', 18], ['KAYITSIZ', 10], ['MEZUN', 6], ['BİLİNMİYOR', 6]);
const allProvinces = Object.keys(provinces);
const bornPartly = { none: 2, year: 8, month: 6 };

/** The part of a child that stays. */
function childPerson(population: Population, ordinal: number, today: number) {
  const { seed, sizes } = population;
  const worker = linkedWorker(population, ordinal);
  if (worker !== undefined) {
    const person = workerPerson(seed, worker, today);
    return {
      nationalId: workerId(seed, worker),
      fullName: upperName(person.fullName),
      sex: person.sex,
      birthDay: person.birthDay,
      householdHeadId: workerId(seed, person.head),
      home: pick(draw(seed, 300, person.head), homesOf[person.nationality]),
      linked: true,
    };
  }
  const foreign = ordinal % 16 === 9;
  const culture = foreign ? 'arabic' : 'turkish';
  const way = draw(seed, 301, ordinal);
  const sex = way % 5 < 2 ? 'KADIN' : 'ERKEK';
  const kin = way % 10;
  // Some heads are known to e-METİP (each block's first place heads a household), some to nobody, some are not given.
  const blocks = Math.floor(sizes.workers / blockSize);
  const head = hasDummyHead(ordinal)
    ? dummies.namedAsHead
    : kin < 3 && blocks > 0
      ? workerId(seed, below(draw(seed, 302, ordinal), blocks) * blockSize)
      : kin < 7
        ? tckn(seed, 'kin', ordinal)
        : null;
  return {
    nationalId: foreign ? ykn(seed, 'child', ordinal >>> 4) : (dummyChild(ordinal) ?? tckn(seed, 'child', ordinal)),
    fullName: upperName(fullName(culture, sex, surnameOf(culture, seed, 303, ordinal), seed, 310, ordinal)),
    sex,
    birthDay: today - 5 * 365 - below(draw(seed, 304, ordinal), 13 * 365 - 10),
    householdHeadId: head,
    home: pick(draw(seed, 305, ordinal), allProvinces),
    linked: false,
  } as const;
}

/** How a child's schooling stands; nobody has finished school before fourteen. */
function schoolingOf(drawn: number, ageInDays: number): Schooling {
  const schooling = pick(drawn, schoolings);
  return schooling === 'MEZUN' && ageInDays < 14 * 366 ? 'OKULA_DEVAM' : schooling;
}

/** Makes ÇTS's children. */
export function childMaker(population: Population): Maker<'cts.children'> {
  const { seed } = population;
  const today = dayNumber(population.startDate);
  return (ordinal, revision) => {
    const person = childPerson(population, ordinal, today);
    const conflict = conflictAt(population, 'cts.children', ordinal);
    const wrong = conflict && isOut(conflict, revision) ? conflict.by : undefined;
    const way = draw(seed, 320, ordinal);
    let sector: Sector = person.linked ? 'MEVSİMLİK_TARIM' : pick(way, sectors);
    let schooling: Schooling | null = way % 33 === 0 ? null : schoolingOf(draw(seed, 321, ordinal), today - person.birthDay);
    let supported: boolean | null = way % 11 === 0 ? null : way % 3 === 0;
    let province = person.home;
    let bornKnown = false;
    for (let r = 1; r <= revision; r += 1) {
      const change = draw(seed, 322 + r * 1_000, ordinal);
      if (change % 10 < 4) supported = !supported;
      else if (change % 10 < 7) schooling = schoolingOf(draw(seed, 323 + r * 1_000, ordinal), today - person.birthDay);
      else if (change % 10 < 8) province = pick(draw(seed, 324 + r * 1_000, ordinal), allProvinces);
      else if (change % 10 < 9) bornKnown = true;
      else sector = pick(draw(seed, 325 + r * 1_000, ordinal), sectors);
    }
    const record: ChildRecord = {
      nationalId: person.nationalId,
      fullName: wrong === 'name' ? misspelt(person.fullName) : person.fullName,
      birthDate:
        wrong === 'birthYear'
          ? isoDay(person.birthDay + 400)
          : bornKnown
            ? isoDay(person.birthDay)
            : partialDay(person.birthDay, draw(seed, 326, ordinal), bornPartly),
      sex: person.sex,
      province,
      householdHeadId: person.householdHeadId,
      sector,
      schooling,
      detectedOn: way % 37 === 0 ? null : isoDay(today - below(draw(seed, 327, ordinal), 900)),
      supportGiven: supported,
    };
    return record;
  };
}

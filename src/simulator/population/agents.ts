import { dayNumber, isoDay } from './days';
import { below, draw, pick, weighted } from './draw';
import { fullName, surnameOf, upperName } from './names';
import { agentId, expectedWorkers, isLegal } from './numbers';
import { phone } from './phones';
import { agentAtWork, conflictAt, isOut } from './plants';
import type { AgentRecord, AgentStatus, Maker, Population } from './types';
import { workerPerson } from './workers';

const titles = ['Tarım Aracısı', 'Elçi', 'Dayıbaşı', 'Çavuş'];
const firms = weighted(
  ['Tarım Hizmetleri Ltd. Şti.', 4],
  ['Tarım Ürünleri İnşaat San. ve Tic. A.Ş.', 2],
  ['İşçi Bulma ve Aracılık Hizmetleri Ltd. Şti.', 2],
  // The dash and the apostrophe exist in windows-1254 but not in ISO-8859-9.
  ['Tarım Hizmetleri – Adana Şubesi', 2],
  ['Oğulları Tarım’da Aracılık Koll. Şti.', 2],
);

/** What a permit's case is on day 0, out of a hundred. `lapsed` still counts as active although its three years are over. */
const cases = weighted(['active', 70], ['lapsed', 8], ['expired', 8], ['cancelled', 8], ['unknown', 3], ['undated', 3]);

const threeYears = 3 * 365 + 1;

/** Makes İŞKUR's intermediaries. */
export function agentMaker(population: Population): Maker<'iskur.agents'> {
  const { seed } = population;
  const today = dayNumber(population.startDate);
  return (ordinal, revision) => {
    const permit = pick(draw(seed, 100, ordinal), cases);
    const age = draw(seed, 101, ordinal);
    let start: number | null =
      today - (permit === 'lapsed' || permit === 'expired' ? threeYears + 1 + below(age, 1_000) : below(age, threeYears - 2));
    if (permit === 'undated') start = null;
    let status: AgentStatus =
      permit === 'expired' ? 'SÜRESİ_DOLMUŞ' : permit === 'cancelled' ? 'İPTAL' : permit === 'unknown' ? 'BİLİNMİYOR' : 'AKTİF';
    const spread = 0.6 + draw(seed, 102, ordinal) / 0x1_0000_0000;
    // Agents report only if they want to: a third do not, and that is not a zero.
    let count: number | null = draw(seed, 103, ordinal) % 3 === 0 ? null : Math.round(expectedWorkers(population, ordinal) * spread);
    let phones = 0;

    for (let r = 1; r <= revision; r += 1) {
      const change = draw(seed, 104 + r * 1_000, ordinal);
      switch (change % 8) {
        case 0:
        case 1:
          phones += 1;
          break;
        case 2:
          if (status === 'AKTİF') status = 'İPTAL';
          else [status, start] = ['AKTİF', today - below(change, 30)];
          break;
        case 3:
          if (start === null || start < today - 30) [status, start] = ['AKTİF', today - below(change, 30)];
          else phones += 1;
          break;
        default:
          count = (count ?? 0) + 1 + (change % 9);
      }
    }

    const legal = isLegal(ordinal);
    const surname = surnameOf('turkish', seed, 110, ordinal);
    const way = draw(seed, 111, ordinal);
    const worker = agentAtWork(ordinal);
    const conflict = conflictAt(population, 'iskur.agents', ordinal);
    const asWorker = worker !== undefined && !(conflict && isOut(conflict, revision));
    const name = asWorker
      ? workerPerson(seed, worker, today).fullName
      : fullName('turkish', way % 12 === 0 ? 'KADIN' : 'ERKEK', surname, seed, 112, ordinal);
    const record: AgentRecord = {
      nationalId: agentId(seed, ordinal),
      fullName: legal ? null : upperName(name),
      title: legal ? `${surname} ${pick(way, firms)}` : way % 5 < 2 ? null : pick(way, titles),
      permitStartDate: start === null ? null : isoDay(start),
      phone: way % 25 === 7 && phones === 0 ? null : phone(seed, 120, ordinal, phones, legal),
      reportedWorkerCount: count,
      status,
    };
    return record;
  };
}

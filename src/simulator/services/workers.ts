import type { WorkerRecord } from '../population/types';
import { jsonAnswer } from './answer';
import type { Credentials } from './credentials';
import { type Listing, type Row, wholeNumber } from './listing';

const charset = 'utf-8';

export const versionHeader = 'x-veri-surumu';

function row(worker: WorkerRecord): Row {
  return {
    kisi: {
      kimlikNo: worker.nationalId,
      adSoyad: worker.fullName,
      dogumTarihi: worker.birthDate,
      cinsiyet: worker.sex === 'KADIN' ? 'K' : 'E',
      uyruk: worker.nationality,
      telefon: worker.phone === null ? null : worker.phone.raw,
    },
    hane: {
      reisKimlikNo: worker.householdHeadId,
      gorev: worker.memberRole === 'İŞÇİ' ? 'ISCI' : 'REFAKATCI',
      ikametIli: worker.homeProvince,
    },
    is: {
      araciKimlikNo: worker.agentId,
      il: worker.workProvince,
      sezon: worker.season,
      baslangic: worker.workStartDate,
      bitis: worker.workEndDate,
    },
  };
}

/** e-METİP: page numbers, a bearer token, nested JSON in UTF-8, gzip, ISO dates, the version in a header. */
export function workersListing({ emetip }: Credentials): Listing<'emetip.workers'> {
  const expected = `Bearer ${emetip.token}`;
  return {
    name: 'workers',
    dataset: 'emetip.workers',
    charset,
    gzip: true,
    admits: (headers) => headers.authorization === expected,
    refusal: () => jsonAnswer(charset, 401, { hata: 'yetkisiz' }, { 'www-authenticate': 'Bearer' }),
    place: (query, cap) => {
      const page = wholeNumber(query, 'page', 1, 1);
      const asked = wholeNumber(query, 'size', 1, cap);
      if (page === undefined || asked === undefined) return undefined;
      const size = Math.min(asked, cap);
      return { from: (page - 1) * size, size };
    },
    complaint: () => jsonAnswer(charset, 400, { hata: 'page ve size en az 1 olmalıdır' }),
    row,
    page: (rows, { from, size }, whole) =>
      jsonAnswer(
        charset,
        200,
        {
          toplam: whole.total,
          sayfa: Math.floor(from / size) + 1,
          sayfaBoyu: size,
          sayfaSayisi: Math.ceil(whole.total / size),
          veriTarihi: whole.date,
          icerik: rows,
        },
        { [versionHeader]: `W/"${whole.version}"` },
      ),
  };
}

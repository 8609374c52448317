import type { AgentRecord, AgentStatus } from '../population/types';
import { jsonAnswer } from './answer';
import { basicHeader, type Credentials } from './credentials';
import { dayFirst, type Listing, type Row, wholeNumber } from './listing';

const charset = 'windows-1254';

/** İŞKUR's own writing of a status; the last is no number, as it turned up later. */
export const statusCodes: Record<AgentStatus, string> = { AKTİF: '1', SÜRESİ_DOLMUŞ: '2', İPTAL: '3', BİLİNMİYOR: 'ASKIDA' };

/** Result codes inside the body; every answer is a 200. */
export const resultCodes = { ok: '0', notFound: '1', notAuthorised: '2', malformed: '3', fault: '99' } as const;

const result = (kod: string, mesaj: string) => ({ sonuc: { kod, mesaj } });

function row(agent: AgentRecord): Row {
  return {
    tcKimlikNo: agent.nationalId,
    adSoyad: agent.fullName ?? '',
    unvan: agent.title ?? '',
    izinBaslangicTarihi: dayFirst(agent.permitStartDate, '.'),
    telefon: agent.phone?.raw ?? '',
    bildirilenIsciSayisi: agent.reportedWorkerCount,
    durum: statusCodes[agent.status],
    // Nobody agreed on this field: readers have to drop it.
    kayitKaynagi: 'e-İŞKUR',
  };
}

/** İŞKUR's list of intermediaries: offset and limit, HTTP basic, windows-1254, dd.MM.yyyy, result codes in a 200. */
export function agentsListing({ iskur }: Credentials): Listing<'iskur.agents'> {
  const expected = basicHeader(iskur);
  return {
    name: 'agents',
    dataset: 'iskur.agents',
    charset,
    gzip: false,
    admits: (headers) => headers.authorization === expected,
    refusal: () => jsonAnswer(charset, 200, result(resultCodes.notAuthorised, 'yetkisiz')),
    place: (query, cap) => {
      const from = wholeNumber(query, 'offset', 0, 0);
      const size = wholeNumber(query, 'limit', 1, cap);
      return from === undefined || size === undefined ? undefined : { from, size: Math.min(size, cap) };
    },
    complaint: () => jsonAnswer(charset, 200, result(resultCodes.malformed, 'offset ve limit sayı olmalıdır')),
    row,
    page: (rows, _place, whole) =>
      jsonAnswer(charset, 200, {
        ...result(resultCodes.ok, 'Başarılı'),
        toplam: whole.total,
        surum: whole.version,
        veriZamani: `${whole.date}T00:00:00+03:00`,
        kayitlar: rows,
      }),
  };
}

import { provinces } from '../../core/provinces';
import type { ChildRecord, Schooling, Sector } from '../population/types';
import { jsonAnswer } from './answer';
import { apiKeyHeader, type Credentials } from './credentials';
import { dayFirst, type Listing, type Place, type Row, wholeNumber } from './listing';

const charset = 'iso-8859-9';

export const sectorCodes: Record<Sector, string> = {
  MEVSİMLİK_TARIM: 'MT',
  TARIM: 'TR',
  SANAYİ: 'SN',
  HİZMET: 'HZ',
  SOKAK: 'SK',
  BİLİNMİYOR: 'BL',
};
export const schoolingTexts: Record<Schooling, string> = {
  OKULA_DEVAM: 'Okula devam ediyor',
  DEVAMSIZ: 'Devamsız',
  KAYITSIZ: 'Okula kayıtlı değil',
  MEZUN: 'Mezun',
  BİLİNMİYOR: 'Bilinmiyor',
};

function row(child: ChildRecord): Row {
  return {
    kimlikNo: child.nationalId,
    adiSoyadi: child.fullName,
    dogumTarihi: dayFirst(child.birthDate, '/'),
    cinsiyet: child.sex === 'KADIN' ? 'Kız' : 'Erkek',
    il: provinces[child.province],
    haneReisiKimlikNo: child.householdHeadId ?? '',
    sektor: sectorCodes[child.sector],
    okulDurumu: child.schooling === null ? '' : schoolingTexts[child.schooling],
    tespitTarihi: dayFirst(child.detectedOn, '/'),
    hizmeteYonlendirildi: child.supportGiven === null ? '' : child.supportGiven ? 'E' : 'H',
  };
}

const cursorOf = (from: number) => Buffer.from(`sira:${from}`).toString('base64url');

function placeOf(cursor: string | null): number | undefined {
  if (cursor === null) return 0;
  const match = /^sira:(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString());
  return match ? Number(match[1]) : undefined;
}

function place(query: URLSearchParams, cap: number): Place | undefined {
  const from = placeOf(query.get('imlec'));
  const size = wholeNumber(query, 'adet', 1, cap);
  return from === undefined || size === undefined ? undefined : { from, size: Math.min(size, cap) };
}

/** ÇTS: an opaque cursor in the body, an API key, ISO-8859-9, dd/MM/yyyy with zeros for what is not known, no version. */
export function childrenListing({ cts }: Credentials): Listing<'cts.children'> {
  const header = apiKeyHeader.toLowerCase();
  return {
    name: 'children',
    dataset: 'cts.children',
    charset,
    gzip: false,
    admits: (headers) => headers[header] === cts.key,
    refusal: () => jsonAnswer(charset, 403, { hata: 'yetkisiz' }),
    place,
    complaint: () => jsonAnswer(charset, 400, { hata: 'imleç geçersiz' }),
    row,
    page: (rows, { from, size }, whole) =>
      jsonAnswer(charset, 200, { kayitSayisi: whole.total, cocuklar: rows, sonraki: whole.more ? cursorOf(from + size) : null }),
  };
}

import { provinces } from '../../core/provinces';
import type { DatasetId } from '../population/types';
import { statusCodes } from './agents';
import { schoolingTexts, sectorCodes } from './children';

/** How a field is read out of a service's record, in the language of the product's sources file. */
export type Mapping = string | { from: string; format?: string; values?: Record<string, string | boolean> };

/** Names by codes out of codes by names. */
function inverse(codes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(codes).map(([name, code]) => [code, name]));
}

/** For each field of the agreement its place in a listing's record; faults find the fields of a service here too. */
export const mappings: Record<DatasetId, Readonly<Record<string, Mapping>>> = {
  'iskur.agents': {
    nationalId: 'tcKimlikNo',
    fullName: 'adSoyad',
    title: 'unvan',
    permitStartDate: { from: 'izinBaslangicTarihi', format: 'dd.MM.yyyy' },
    phone: 'telefon',
    reportedWorkerCount: 'bildirilenIsciSayisi',
    status: { from: 'durum', values: inverse(statusCodes) },
  },
  'emetip.workers': {
    nationalId: 'kisi.kimlikNo',
    fullName: 'kisi.adSoyad',
    birthDate: { from: 'kisi.dogumTarihi', format: 'yyyy-MM-dd' },
    sex: { from: 'kisi.cinsiyet', values: { K: 'KADIN', E: 'ERKEK' } },
    nationality: 'kisi.uyruk',
    phone: 'kisi.telefon',
    householdHeadId: 'hane.reisKimlikNo',
    memberRole: { from: 'hane.gorev', values: { ISCI: 'İŞÇİ', REFAKATCI: 'REFAKATÇİ' } },
    agentId: 'is.araciKimlikNo',
    homeProvince: 'hane.ikametIli',
    workProvince: 'is.il',
    season: 'is.sezon',
    workStartDate: { from: 'is.baslangic', format: 'yyyy-MM-dd' },
    workEndDate: { from: 'is.bitis', format: 'yyyy-MM-dd' },
  },
  'cts.children': {
    nationalId: 'kimlikNo',
    fullName: 'adiSoyadi',
    birthDate: { from: 'dogumTarihi', format: 'dd/MM/yyyy' },
    sex: { from: 'cinsiyet', values: { Kız: 'KADIN', Erkek: 'ERKEK' } },
    province: { from: 'il', values: inverse(provinces) },
    householdHeadId: 'haneReisiKimlikNo',
    sector: { from: 'sektor', values: inverse(sectorCodes) },
    schooling: { from: 'okulDurumu', values: inverse(schoolingTexts) },
    detectedOn: { from: 'tespitTarihi', format: 'dd/MM/yyyy' },
    supportGiven: { from: 'hizmeteYonlendirildi', values: { E: true, H: false } },
  },
};

/** Ek-1's six outputs; the id is what was asked. */
export const queryMapping: Readonly<Record<string, Mapping>> = {
  fullName: 'adSoyad',
  title: 'unvan',
  permitStartDate: { from: 'mevcutIzinBaslangicTarihi', format: 'dd.MM.yyyy' },
  phone: 'telefonNumarasi',
  reportedWorkerCount: 'mevcutIzinDonemindeBildirilenIsciSayisi',
  status: { from: 'durum', values: inverse(statusCodes) },
};

import type { IsoDate } from '../../core/dates';
import type { Phone } from '../../core/text';
import type { Sex } from './names';
import type { Nationality } from './places';

/** What a population is drawn from; equal settings give equal people. */
export interface Population {
  seed: number;
  sizes: Sizes;
  /** The day the stand-in begins on; its day n is n days later. */
  startDate: IsoDate;
}

/** How many of each there are on day 0. */
export interface Sizes {
  agents: number;
  workers: number;
  children: number;
}

export type AgentStatus = 'AKTİF' | 'SÜRESİ_DOLMUŞ' | 'İPTAL' | 'BİLİNMİYOR';

/** The truth in the agreement's field names and order; dates are ISO, provinces plate codes, not reported is null. */
export interface AgentRecord {
  nationalId: string;
  fullName: string | null;
  title: string | null;
  permitStartDate: IsoDate | null;
  phone: Phone | null;
  reportedWorkerCount: number | null;
  status: AgentStatus;
}

export interface WorkerRecord {
  nationalId: string;
  fullName: string;
  /** `yyyy`, `yyyy-MM` or `yyyy-MM-dd`. */
  birthDate: string | null;
  sex: Sex;
  nationality: Nationality;
  phone: Phone | null;
  householdHeadId: string;
  memberRole: 'İŞÇİ' | 'REFAKATÇİ';
  agentId: string | null;
  homeProvince: string;
  workProvince: string;
  season: number;
  workStartDate: IsoDate | null;
  workEndDate: IsoDate | null;
}

export type Sector = 'MEVSİMLİK_TARIM' | 'TARIM' | 'SANAYİ' | 'HİZMET' | 'SOKAK' | 'BİLİNMİYOR';
export type Schooling = 'OKULA_DEVAM' | 'DEVAMSIZ' | 'KAYITSIZ' | 'MEZUN' | 'BİLİNMİYOR';

export interface ChildRecord {
  nationalId: string;
  fullName: string;
  /** `yyyy`, `yyyy-MM` or `yyyy-MM-dd`. */
  birthDate: string | null;
  sex: Sex;
  province: string;
  householdHeadId: string | null;
  sector: Sector;
  schooling: Schooling | null;
  detectedOn: IsoDate | null;
  supportGiven: boolean | null;
}

export interface Records {
  'iskur.agents': AgentRecord;
  'emetip.workers': WorkerRecord;
  'cts.children': ChildRecord;
}

export type DatasetId = keyof Records;
export const datasetIds: readonly DatasetId[] = ['iskur.agents', 'emetip.workers', 'cts.children'];

/** Makes one record; a revision is the count of changes since it was added. */
export type Maker<D extends DatasetId> = (ordinal: number, revision: number) => Records[D];

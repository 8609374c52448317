import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../core/clock';
import { istanbulDate, istanbulMidnight } from '../../core/dates';
import { idKind } from '../../core/nationalId';
import type { AgentRecord } from '../population/types';
import type { World } from '../state/world';
import { statusCodes } from './agents';
import { type Answer, jsonAnswer } from './answer';
import { basicHeader, type Credentials } from './credentials';
import { dayFirst } from './listing';

const charset = 'windows-1254';
const dayMs = 86_400_000;

export interface AgentsQuery {
  charset: typeof charset;
  /** body: the request's, as text. */
  answer(headers: IncomingHttpHeaders, body: string): Answer;
}

const failure = (status: number, hata: string, headers: Record<string, string> = {}) => jsonAnswer(charset, status, { hata }, headers);

/** Ek-1's six outputs, and no more: the answer does not repeat the id. */
function outputs(agent: AgentRecord): Record<string, unknown> {
  return {
    adSoyad: agent.fullName ?? '',
    unvan: agent.title ?? '',
    mevcutIzinBaslangicTarihi: dayFirst(agent.permitStartDate, '.'),
    telefonNumarasi: agent.phone?.raw ?? '',
    mevcutIzinDonemindeBildirilenIsciSayisi: agent.reportedWorkerCount,
    durum: statusCodes[agent.status],
  };
}

function askedId(body: string): string | undefined {
  try {
    const { tcKimlikNo } = JSON.parse(body) as { tcKimlikNo?: unknown };
    return typeof tcKimlikNo === 'string' ? tcKimlikNo : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Ek-1's query: one T.C. kimlik no in, six fields out. "yetkisiz" comes as a 500, "bulunamadı" as a 404,
 * a tax number as a 400, and the `dailyLimit` + 1st query of a day (of Istanbul, or of the stand-in) as a 429.
 */
export function agentsQuery(world: World, { iskur }: Credentials, dailyLimit: number, clock: Clock): AgentsQuery {
  const expected = basicHeader(iskur);
  let ordinals = { day: -1, byId: new Map<string, number>() };
  let used = { window: '', count: 0 };

  const find = (id: string): AgentRecord | undefined => {
    const { day, order, revisions } = world.state('iskur.agents');
    if (ordinals.day !== day) {
      const byId = new Map<string, number>();
      for (const ordinal of order) byId.set(world.record('iskur.agents', ordinal, 0).nationalId, ordinal);
      ordinals = { day, byId };
    }
    const ordinal = ordinals.byId.get(id);
    return ordinal === undefined ? undefined : world.record('iskur.agents', ordinal, revisions.get(ordinal) ?? 0);
  };

  /** Counts one query; the seconds to wait where none is left. */
  const spend = (): number | undefined => {
    const now = clock();
    const today = istanbulDate(now);
    const window = `${today} ${world.day()}`;
    if (used.window !== window) used = { window, count: 0 };
    if (used.count >= dailyLimit) return Math.ceil((istanbulMidnight(today).getTime() + dayMs - now.getTime()) / 1_000);
    used.count += 1;
    return undefined;
  };

  return {
    charset,
    answer(headers, body) {
      if (headers.authorization !== expected) return failure(500, 'yetkisiz');
      const wait = spend();
      if (wait !== undefined) return failure(429, 'günlük sorgu sınırı doldu', { 'retry-after': String(wait) });
      const id = askedId(body);
      const kind = id === undefined ? undefined : idKind(id);
      if (kind === 'vkn') return failure(400, 'vergi kimlik no ile sorgulanamaz');
      if (id === undefined || kind === undefined) return failure(400, 'T.C. kimlik no geçersiz');
      const agent = find(id);
      return agent ? jsonAnswer(charset, 200, outputs(agent)) : failure(404, 'bulunamadı');
    },
  };
}

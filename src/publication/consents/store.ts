import { type ConsentDecision, type ConsentPlace, type ConsentState, consentArticle, consentState } from '../../agreements/consents';
import type { Agreement } from '../../agreements/language';
import { type IsoDate, istanbulDate } from '../../core/dates';
import type { Database } from '../../infra/db';

/** A consent that was asked for, and what became of it. Days of Europe/Istanbul. */
export interface ConsentView extends ConsentPlace {
  number: number;
  /** By which the owner's approval is needed. */
  article: string;
  state: ConsentState;
  /** Whether it lets the beneficiary publish now. */
  inForce: boolean;
  from: IsoDate | null;
  until: IsoDate | null;
  askedAt: Date;
  /** The number of the person who asked. */
  askedBy: number;
  document: string;
  /** What was decided, in order. */
  decisions: { what: ConsentDecision['what']; at: Date; approver: number; document: string }[];
}

/** Which consents are meant. */
export interface ConsentFilter {
  /** Where it is owner or beneficiary. */
  party?: string | undefined;
  dataset?: string | undefined;
  statistic?: string | undefined;
  number?: number | undefined;
}

type Reading = Pick<Database, 'prisma'> | { prisma: Pick<Database['prisma'], 'consent' | 'consentDecision'> };

/** Consents as they stood at an instant, newest first; what was asked for later is left out. */
export async function consentsAt({ prisma }: Reading, agreement: Agreement, filter: ConsentFilter, at: Date): Promise<ConsentView[]> {
  const { party, dataset, statistic, number } = filter;
  const rows = await prisma.consent.findMany({
    where: {
      agreementId: agreement.id,
      at: { lte: at },
      ...(number === undefined ? {} : { id: number }),
      ...(dataset === undefined ? {} : { dataset }),
      ...(statistic === undefined ? {} : { statistic }),
      ...(party === undefined ? {} : { OR: [{ owner: party }, { beneficiary: party }] }),
    },
    orderBy: { id: 'desc' },
  });
  const decisions = await prisma.consentDecision.findMany({
    where: { consentId: { in: rows.map(({ id }) => id) }, at: { lte: at } },
    orderBy: { id: 'asc' },
  });
  const today = istanbulDate(at);
  return rows.map(({ id, owner, beneficiary, dataset: of, statistic: on, document, askedBy, at: askedAt }) => {
    const own = decisions.filter(({ consentId }) => consentId === id);
    const granted = own.find(({ what }) => what === 'granted');
    const [from, until] = [dayOf(granted?.from), dayOf(granted?.until)];
    const { state, inForce } = consentState(own.map(decisionOf), at, today);
    return {
      ...{ number: id, owner, beneficiary, dataset: of, statistic: on, article: consentArticle(agreement, of) },
      ...{ state, inForce, from, until, askedAt, askedBy, document },
      decisions: own.map((one) => ({
        what: one.what as ConsentDecision['what'],
        at: one.at,
        approver: one.approver,
        document: one.document,
      })),
    };
  });
}

function decisionOf({ what, at, from, until }: { what: string; at: Date; from: Date | null; until: Date | null }): ConsentDecision {
  if (what === 'granted') return { what, at, from: dayOf(from) ?? '', until: dayOf(until) ?? '' };
  return { what: what === 'refused' ? 'refused' : 'withdrawn', at };
}

const dayOf = (date: Date | null | undefined): IsoDate | null => date?.toISOString().slice(0, 10) ?? null;

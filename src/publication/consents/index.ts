import { consentArticle } from '../../agreements/consents';
import type { Agreement } from '../../agreements/language';
import { applies } from '../../agreements/life';
import { statisticDatasets } from '../../agreements/statistics';
import { istanbulDate, istanbulMidnight, istanbulMidnightAfter, parseDate } from '../../core/dates';
import { KopruError } from '../../core/errors';
import { type Acting, acting, type PublicationDeps, paper, requireInForce, type Transaction } from '../acting';
import { withdrawResting } from '../publications/withdraw';
import { type ConsentFilter, type ConsentView, consentsAt } from './store';

export type { ConsentView } from './store';

/** What consent is asked for. */
export interface ConsentAsked {
  dataset: string;
  statistic: string;
  document: string;
}

/**
 * Asks the owner of a dataset for consent to publish a statistic drawn from it (V.Ç.9–10). Returns its number.
 * @throws KopruError `agreement-not-in-force`, `not-found`, `request-invalid`, `state-conflict` while the same is asked already
 */
export async function askConsent(deps: PublicationDeps, asked: ConsentAsked, who: Acting): Promise<number> {
  const { agreement } = deps;
  await requireInForce(deps, 'is asked for');
  const { dataset, statistic } = asked;
  const document = paper(asked.document);
  const definition = Object.hasOwn(agreement.statistics, statistic) ? agreement.statistics[statistic] : undefined;
  if (!definition) throw noStatistic(agreement);
  const drawn = statisticDatasets(agreement, definition);
  if (!drawn.includes(dataset))
    throw new KopruError('request-invalid', 'The statistic draws nothing from this dataset.', { hint: `It draws on ${drawn.join(', ')}.` });
  const owner = agreement.datasets[dataset]?.owner ?? '';
  const { id: askedBy, party: beneficiary } = who.person;
  if (owner === beneficiary)
    throw new KopruError('request-invalid', 'A party asks nobody for consent to publish from its own data.', {
      hint: 'Its own approver approves each table before it is published.',
    });
  return acting(deps, who, 'consent ask', async (tx, at) => {
    const same = await consentsAt({ prisma: tx }, agreement, { dataset, statistic }, at);
    const waiting = same.find((one) => one.beneficiary === beneficiary && one.state === 'asked');
    if (waiting) throw new KopruError('state-conflict', `Consent ${waiting.number} asks for the same and is not decided yet.`);
    const { id } = await tx.consent.create({
      data: { agreementId: agreement.id, owner, beneficiary, dataset, statistic, document, askedBy, at, by: who.by },
    });
    return { result: id, detail: { consent: id, owner, dataset, statistic, document } };
  });
}

/** What the owner's approver decides. Days of Europe/Istanbul, both included. */
export type ConsentRuling = { document: string } & ({ what: 'grant'; from?: string | undefined; until: string } | { what: 'refuse' });

/**
 * Decides what was asked for: once, and as an approver of the data's owner (V.Ç.9–10); never as the party that asks.
 * @throws KopruError `agreement-not-in-force`, `not-found`, `approver-refused`, `request-invalid`, `state-conflict`
 */
export async function decideConsent(deps: PublicationDeps, number: number, ruling: ConsentRuling, who: Acting): Promise<void> {
  const document = paper(ruling.document);
  await requireInForce(deps, 'is decided');
  await acting(deps, who, `consent ${ruling.what}`, async (tx, at) => {
    const consent = await ownConsent(tx, deps, number, who, at);
    if (consent.state !== 'asked')
      throw new KopruError('state-conflict', `Consent ${number} was decided before (${consent.state}).`, { hint: 'Ask for it anew.' });
    const days = ruling.what === 'grant' ? validDays(ruling, at) : undefined;
    const what = ruling.what === 'grant' ? 'granted' : 'refused';
    const dates = days ? { from: new Date(days.from), until: new Date(days.until) } : {};
    await tx.consentDecision.create({ data: { consentId: number, what, ...dates, document, approver: who.person.id, at, by: who.by } });
    return { result: undefined, detail: { consent: number, document, ...days } };
  });
}

/**
 * Withdraws a consent that was granted; what was published on its ground is withdrawn with it (policy).
 * Returns the numbers of these publications.
 * @throws KopruError as `decideConsent`
 */
export async function withdrawConsent(deps: PublicationDeps, number: number, text: string, who: Acting): Promise<number[]> {
  const document = paper(text);
  return acting(deps, who, 'consent withdraw', async (tx, at) => {
    const consent = await ownConsent(tx, deps, number, who, at);
    if (!['granted', 'expired'].includes(consent.state))
      throw new KopruError('state-conflict', `Consent ${number} is not granted (${consent.state}), so there is nothing to withdraw.`);
    await tx.consentDecision.create({
      data: { consentId: number, what: 'withdrawn', document, approver: who.person.id, at, by: who.by },
    });
    const publications = await withdrawResting(tx, deps, number, { ...who, document, at });
    return { result: publications, detail: { consent: number, document, publications } };
  });
}

/** The consents, newest first, as they stand now or stood at the end of a day in Istanbul. @throws KopruError `request-invalid` */
export async function listConsents(deps: PublicationDeps, filter: ConsentFilter, on?: string): Promise<ConsentView[]> {
  const now = deps.clock();
  const end = on === undefined ? now.getTime() : istanbulMidnightAfter(istanbulMidnight(dayOf(on))).getTime() - 1;
  const at = new Date(Math.min(end, now.getTime()));
  const life = await deps.lifeAt(at);
  const given = ({ decisions }: ConsentView) => decisions.find(({ what }) => what === 'granted')?.at;
  const lives = (one: ConsentView) => applies(life) && istanbulDate(given(one) ?? at) >= (life.signedOn ?? '');
  const found = await consentsAt(deps.db, deps.agreement, filter, at);
  return found.map((one) => ({ ...one, inForce: one.inForce && lives(one) }));
}

export function noStatistic({ statistics }: Agreement): KopruError {
  return new KopruError('not-found', 'The agreement’s catalogue has no such statistic.', {
    hint: `Statistics: ${Object.keys(statistics).join(', ')}.`,
  });
}

async function ownConsent(
  tx: Transaction,
  { agreement }: PublicationDeps,
  number: number,
  { person }: Acting,
  at: Date,
): Promise<ConsentView> {
  const [consent] = await consentsAt({ prisma: tx }, agreement, { number }, at);
  if (!consent) throw new KopruError('not-found', `There is no consent ${number}.`, { hint: 'kopru consent list shows them.' });
  if (consent.owner === person.party) return consent;
  throw new KopruError(
    'approver-refused',
    `Only an approver of ${consent.owner}, which owns the data, decides this (${consentArticle(agreement, consent.dataset)}).`,
    { hint: 'The party that asks never decides.' },
  );
}

function validDays({ from, until }: { from?: string | undefined; until: string }, at: Date): { from: string; until: string } {
  const today = istanbulDate(at);
  const days = { from: from === undefined ? today : dayOf(from), until: dayOf(until) };
  if (days.from < today || days.until < days.from)
    throw new KopruError('request-invalid', 'A consent begins today or later, and does not end before it begins.', {
      hint: 'Check from and until.',
    });
  return days;
}

function dayOf(text: string): string {
  const day = parseDate(text, 'yyyy-MM-dd');
  if (!day) throw new KopruError('request-invalid', 'The day must be written as 2026-12-31.');
  return day;
}

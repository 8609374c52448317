import { operation } from '../../audit/entry';
import { appendWithin } from '../../audit/log';
import { istanbulDate } from '../../core/dates';
import { KopruError } from '../../core/errors';
import type { Operator } from '../broker';
import { knownPerson, type PeopleBroker, pastDay } from './acting';

/** How a service is set up, in the order of V.E.1–3; the notice goes to the official e-mail of the contact. */
export const serviceSteps = ['infrastructure-ready', 'contact-named', 'notice-sent'] as const;
export type ServiceStep = (typeof serviceSteps)[number];

export interface ServiceStepView {
  dataset: string;
  step: ServiceStep;
  /** yyyy-MM-dd, Europe/Istanbul */
  on: string;
  /** The technical contact's number among the personnel. */
  contact: number | null;
  note: string | null;
  document: string;
}

/** What was recorded of the services, in that order. */
export async function listServiceSteps({ db }: Pick<PeopleBroker, 'db'>, dataset?: string): Promise<ServiceStepView[]> {
  const rows = await db.prisma.serviceStep.findMany({ where: dataset === undefined ? {} : { dataset }, orderBy: { id: 'asc' } });
  return rows.map(({ dataset, step, onDate, personId, note, document }) => ({
    dataset,
    step: step as ServiceStep,
    on: onDate.toISOString().slice(0, 10),
    contact: personId,
    note,
    document,
  }));
}

export interface StepAsked {
  dataset: string;
  step: string;
  on: string;
  document: string;
  note?: string | undefined;
  /** Of `contact-named`: one of the authorised personnel, so that no name and address is kept twice. */
  contact?: number | undefined;
}

/** Records a step; what is recorded stays. @throws KopruError `not-found`, `request-invalid`, `state-conflict` */
export async function recordServiceStep(broker: PeopleBroker, asked: StepAsked, by: Operator): Promise<void> {
  const { dataset, document, note = null, contact = null } = asked;
  const at = broker.clock();
  const step = serviceSteps.find((one) => one === asked.step);
  if (!step) throw new KopruError('request-invalid', `There is no such step; steps: ${serviceSteps.join(', ')}.`);
  if (!Object.hasOwn(broker.agreement.datasets, dataset)) {
    throw new KopruError('not-found', 'The agreement has no such dataset.', {
      hint: `Datasets: ${Object.keys(broker.agreement.datasets).join(', ')}.`,
    });
  }
  if ((step === 'contact-named') !== (contact !== null))
    throw new KopruError('request-invalid', 'A contact belongs to the step contact-named, and that one needs it.');
  if (contact !== null && (await knownPerson(broker.db, contact)).removed)
    throw new KopruError('state-conflict', `Person ${contact} was removed, and cannot be the contact.`);
  const day = pastDay(asked.on, istanbulDate(at));
  const before = new Set((await listServiceSteps(broker, dataset)).map((one) => one.step));
  const lacking = step === 'notice-sent' ? serviceSteps.filter((one) => one !== step && !before.has(one)) : [];
  if (lacking.length > 0)
    throw new KopruError(
      'state-conflict',
      `The notice goes out when the service is ready and its contact is named; not recorded: ${lacking.join(', ')}.`,
    );
  await broker.db.prisma.$transaction(async (tx) => {
    await tx.serviceStep.create({ data: { dataset, step, onDate: new Date(day), personId: contact, note, document, at, by } });
    await appendWithin(tx, operation({ at, by, command: 'service record', detail: { dataset, step, on: day, person: contact, document } }));
  });
}

import { operation } from '../../audit/entry';
import { appendWithin } from '../../audit/log';
import { KopruError } from '../../core/errors';
import { idKind } from '../../core/nationalId';
import type { Broker, Operator } from '../broker';

export type RegisterBroker = Pick<Broker, 'db' | 'keys' | 'agreement' | 'clock'>;

/** What an entry is about: by dataset, the names of its fields. */
export type EntryData = Readonly<Record<string, readonly string[]>>;

const mostLetters = 300;

/** @throws KopruError `request-invalid` for nothing at all, or a field that is not there; `not-found` for a dataset that is not */
export function checkedData({ agreement }: Pick<RegisterBroker, 'agreement'>, data: EntryData): Record<string, string[]> {
  const entries = Object.entries(data);
  if (entries.length === 0) throw new KopruError('request-invalid', 'No dataset is named.', { hint: 'Name each as dataset=field,field.' });
  for (const [id, fields] of entries) {
    const dataset = Object.hasOwn(agreement.datasets, id) ? agreement.datasets[id] : undefined;
    if (!dataset)
      throw new KopruError('not-found', 'The agreement has no such dataset.', {
        hint: `Datasets: ${Object.keys(agreement.datasets).join(', ')}.`,
      });
    if (fields.length === 0 || fields.some((name) => !Object.hasOwn(dataset.fields, name)))
      throw new KopruError('request-invalid', `Of ${id} no field is named, or one that it does not have.`, {
        hint: `Fields: ${Object.keys(dataset.fields).join(', ')}.`,
      });
  }
  return Object.fromEntries(entries.map(([id, fields]) => [id, [...new Set(fields)]]));
}

/** A text that is kept in clear, so it names no person by number (policy). @throws KopruError `request-invalid` */
export function checkedText(what: string, text: string): string {
  const kept = text.trim();
  if (kept === '' || kept.length > mostLetters)
    throw new KopruError('request-invalid', `${what} must have 1 to ${mostLetters} letters.`, { hint: 'The paper itself holds the rest.' });
  const numbers = kept.replace(/(?<=\d) (?=\d)/g, '').match(/(?<!\d)\d{11}(?!\d)/g) ?? [];
  if (numbers.some((number) => idKind(number) !== undefined))
    throw new KopruError('request-invalid', `${what} holds what looks like a national id, and is kept in clear.`, {
      hint: 'Leave the number out.',
    });
  return kept;
}

export type Register = 'given' | 'release';

/** When each of these entries was taken back. */
export async function revocationsOf(
  { db }: Pick<RegisterBroker, 'db'>,
  register: Register,
  entries: readonly number[],
): Promise<Map<number, Date>> {
  const rows = await db.prisma.registerRevocation.findMany({ where: { register, entry: { in: [...entries] } } });
  return new Map(rows.map(({ entry, at }) => [entry, at]));
}

/** A part of a register: entries before one, newest first. */
export interface RegisterPage {
  /** Entries with lower numbers alone. */
  before?: number | undefined;
  limit?: number | undefined;
}

/** The same of these entries, as Prisma asks for it. */
export function pageOf<W extends object>(of: W, { before, limit }: RegisterPage) {
  const where = before === undefined ? of : { ...of, id: { lt: before } };
  return { where, orderBy: { id: 'desc' }, ...(limit === undefined ? {} : { take: limit }) } as const;
}

/**
 * Takes an entry back; it stays, and so does that it was taken back. What was wrong in it is recorded anew.
 * @param own whose entries alone may be taken back: those that this party gave, or whose data it owns; all if left out
 * @throws KopruError `not-found`, `state-conflict` if that was done before
 */
export async function revokeEntry(
  { db, clock }: Pick<RegisterBroker, 'db' | 'clock'>,
  { register, entry, own }: { register: Register; entry: number; own?: string | undefined },
  paper: string,
  by: Operator,
): Promise<void> {
  const document = checkedText('The reference of the paper', paper);
  const at = clock();
  await db.prisma.$transaction(async (tx) => {
    const where = { id: entry };
    const given = register === 'given' ? await tx.givenEntry.findUnique({ where }) : null;
    const whose = register === 'given' ? given?.party : (await tx.releaseEntry.findUnique({ where }))?.owner;
    if (whose === undefined || (own !== undefined && whose !== own))
      throw new KopruError('not-found', `The register has no entry ${entry}.`, { hint: `kopru register ${register} list shows them.` });
    const { count } = await tx.registerRevocation.createMany({ data: [{ register, entry, document, at, by }], skipDuplicates: true });
    if (count === 0) throw new KopruError('state-conflict', `The entry ${entry} was taken back before.`);
    const did = operation({ at, by, command: `register ${register} revoke`, detail: { entry, document } });
    await appendWithin(tx, given ? { ...did, subjects: [Buffer.from(given.subject)] } : did);
  });
}

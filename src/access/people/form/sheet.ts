import { KopruError, type Mistake } from '../../../core/errors';

/** Stands for a cell that is calculated: what it shows may differ from what was signed. */
export const formula = Symbol('formula');

export type Cell = string | number | typeof formula;

/** A row as the spreadsheet numbers it, from 1. Cells that are empty may be missing. */
export interface SheetRow {
  number: number;
  cells: (Cell | undefined)[];
}

/** A form is some hundred rows; these bounds keep a hostile file from taking the machine, or a server's one thread for long. */
export const bounds = {
  fileBytes: 5 * 1024 * 1024,
  inflatedBytes: 8 * 1024 * 1024,
  depth: 32,
  elements: 500_000,
  parts: 500,
  rows: 5_000,
  columns: 60,
};

/** @throws KopruError always */
export function refuse(what: string, told: { hint?: string; mistakes?: readonly Mistake[] } = {}): never {
  throw new KopruError('form-invalid', what, { hint: 'Fill the form in as docs/operators.md shows it, and import it again.', ...told });
}

/** @throws KopruError always */
export function tooLarge(what: string): never {
  throw new KopruError('too-large', `The form ${what}.`, { hint: 'Import it in several lists, without --complete.' });
}

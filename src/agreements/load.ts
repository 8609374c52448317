import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { type ErrorCode, KopruError } from '../core/errors';
import { agreementProblems } from './check';
import { type Agreement, agreementShape } from './language';

/**
 * Reads and checks an agreement file (YAML).
 * @throws KopruError `agreement-invalid`, naming the file and every mistake in it.
 */
export function loadAgreement(file: string): Agreement {
  const agreement = readChecked(file, agreementShape, 'agreement-invalid', 'agreement');
  const problems = agreementProblems(agreement);
  if (problems.length > 0) throw invalidFile(file, problems, 'agreement-invalid', 'agreement');
  return agreement;
}

/** Reads a YAML (or JSON) file against a shape; `what` names the kind of file in the error. */
export function readChecked<T extends z.ZodType>(file: string, shape: T, code: ErrorCode, what: string): z.infer<T> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new KopruError(code, `The ${what} file ${file} cannot be read.`, {
      hint: 'Check that it exists and that this user may read it.',
    });
  }
  const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw invalidFile(
      file,
      document.errors.map((e) => (e.message.split('\n')[0] as string).replace(/:$/, '')),
      code,
      what,
    );
  }
  let read: unknown;
  try {
    read = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // An alias without its anchor, or too many of them.
    throw invalidFile(file, [(error as Error).message], code, what);
  }
  const result = shape.safeParse(read);
  if (result.success) return result.data;
  throw invalidFile(file, result.error.issues.map(issueSentence), code, what);
}

/** One mistake as "place: what is wrong". */
export function issueSentence(issue: z.core.$ZodIssue): string {
  const where = issue.path
    .map((p) => (typeof p === 'number' ? `[${p}]` : `.${String(p)}`))
    .join('')
    .replace(/^\./, '');
  // A wrong name in a list by name: what is wrong about it stands one level down.
  const message = issue.code === 'invalid_key' ? issue.issues.map((i) => i.message).join(', ') : issue.message;
  return `${where || 'the file'}: ${message}`;
}

/** All mistakes of a file as one error that names it. */
export function invalidFile(file: string, problems: readonly string[], code: ErrorCode, what: string): KopruError {
  return new KopruError(code, `The ${what} file ${path.basename(file)} is wrong: ${problems.join('; ')}.`, {
    hint: `Mend ${file} and start again.`,
  });
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { KopruError, type ErrorCode } from '../core/errors';
import { agreementProblems } from './check';
import { type Agreement, agreementShape } from './language';

/**
 * Reads and checks an agreement file (YAML).
 * @throws KopruError `agreement-invalid`, naming the file and every mistake in it.
 */
export function loadAgreement(file: string): Agreement {
  const agreement = readChecked(file, agreementShape, 'agreement-invalid', 'agreement');
  const problems = agreementProblems(agreement);
  if (problems.length > 0) throw invalid(file, problems, 'agreement-invalid', 'agreement');
  return agreement;
}

/** Reads a YAML (or JSON) file against a shape; `what` names the kind of file in the error. */
export function readChecked<T extends z.ZodType>(file: string, shape: T, code: ErrorCode, what: string): z.infer<T> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new KopruError(code, `The ${what} file ${file} cannot be read.`, { hint: 'Check that it exists and that this user may read it.' });
  }
  const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw invalid(file, document.errors.map((e) => e.message.split('\n')[0] as string), code, what);
  }
  const result = shape.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (result.success) return result.data;
  throw invalid(file, result.error.issues.map(issueSentence), code, what);
}

/** One mistake as "place: what is wrong". */
export function issueSentence(issue: z.core.$ZodIssue): string {
  const where = issue.path.map((p) => (typeof p === 'number' ? `[${p}]` : `.${String(p)}`)).join('').replace(/^\./, '');
  return `${where || 'the file'}: ${issue.message}`;
}

function invalid(file: string, problems: string[], code: ErrorCode, what: string): KopruError {
  const list = problems.length === 1 ? problems[0] : `\n${problems.map((p) => `  - ${p}`).join('\n')}`;
  return new KopruError(code, `The ${what} file ${path.basename(file)} is wrong: ${list}`, { hint: `Mend ${file} and start again.` });
}

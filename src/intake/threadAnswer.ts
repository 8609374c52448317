import { asKopruError, type ErrorCode, KopruError, type Severity } from '../core/errors';
import type { ReadPage } from './reader';

/** What comes back from a thread: a read page, or the parts of a known error. */
export type ThreadAnswer = { page: ReadPage } | { error: { code: ErrorCode; message: string; hint?: string; severity: Severity } };

export function packError(error: unknown): ThreadAnswer {
  const { code, message, hint, severity } = asKopruError(error);
  return { error: { code, message, severity, ...(hint ? { hint } : {}) } };
}

export function unpack(answer: ThreadAnswer): ReadPage {
  if ('page' in answer) return answer.page;
  const { code, message, ...options } = answer.error;
  throw new KopruError(code, message, options);
}

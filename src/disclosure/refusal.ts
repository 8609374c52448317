import type { Refusal } from '../access/decide';
import { KopruError } from '../core/errors';

/** @throws KopruError with the decision's code and sentence, if it is a refusal */
export function allowedOf<T extends { allow: true }>(decision: T | Refusal): T {
  if (!decision.allow) throw new KopruError(decision.code, decision.message, { hint: decision.hint });
  return decision;
}

import { signInPolicy } from '../../access/signIn/policy';
import { createLine } from '../../core/line';
import type { Coming, SignInBroker } from './coming';
import { beginEnrolment, confirmEnrolment, type Secret } from './enrolment';
import { type SessionBegun, type SignInAsked, signIn } from './signIn';

export type { Coming } from './coming';
export { signOut } from './signIn';

/** Whatever works with passwords, in one line: a hash takes a core and its memory. @throws KopruError `busy`, all of them */
export interface SignIns {
  signIn(asked: SignInAsked, coming: Coming): Promise<SessionBegun>;
  beginEnrolment(asked: { code: string; password: string }, coming: Coming): Promise<Secret>;
  confirmEnrolment(asked: { code: string; totp: string }, coming: Coming): Promise<{ person: number }>;
}

/** The sign-ins of a process. */
export function createSignIns(broker: SignInBroker): SignIns {
  const inLine = createLine(signInPolicy.line.atOnce, signInPolicy.line.waiting);
  return {
    signIn: (asked, coming) => inLine(() => signIn(broker, asked, coming)),
    beginEnrolment: (asked, coming) => inLine(() => beginEnrolment(broker, asked, coming)),
    confirmEnrolment: (asked, coming) => inLine(() => confirmEnrolment(broker, asked, coming)),
  };
}

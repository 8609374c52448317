import { Secret, TOTP } from 'otpauth';
import type { PersonEntry } from '../../src/access/people/saving';
import { invitePerson } from '../../src/operations/signIn/administer';
import type { Answer, Api } from '../surfaces/api/support';
import type { TestBroker } from './broker';
import { somebody } from './people';

/** The one-time code of a secret, so many steps of 30 seconds from a time on. */
export const codeAt = (secret: string, time: Date, steps = 0): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: time.getTime() + steps * 30_000 });

/** Somebody who enrolled, with all that signing in takes. */
export interface Enrolled {
  id: number;
  email: string;
  password: string;
  secret: string;
}

let count = 0;

/** A made-up person of a party who was invited and enrolled over the API. */
export async function enrolled(
  { app }: Pick<TestBroker, 'app'>,
  api: Api,
  { party = 'cgm', ...changes }: Partial<PersonEntry> & { party?: string } = {},
): Promise<Enrolled> {
  count += 1;
  const email = changes.email ?? `zzmark.giris${count}@ornek.example`;
  const { id } = await somebody(app.broker, party, { ...changes, email });
  const { code } = await invitePerson(app.broker, id, { by: 'test' });
  const password = `zzmark gizli parola ${count}`;
  const { secret } = (await api.ask('/v1/sign-in/enrolment', { body: { code, password } })).json;
  // The code before the one of now, so that now's may be used.
  const confirmed = await api.ask('/v1/sign-in/enrolment/confirmation', { body: { code, totp: codeAt(secret, app.clock(), -1) } });
  if (confirmed.status !== 200) throw new Error(`not enrolled: ${confirmed.text}`);
  return { id, email, password, secret };
}

/** Signs in, as the person is or with something wrong; with the code of now if none is given. */
export function signIn(
  api: Api,
  who: Enrolled,
  now: Date,
  { from, steps = 0, ...wrong }: { from?: string; steps?: number; email?: string; password?: string; totp?: string } = {},
): Promise<Answer> {
  const { email, password, secret } = who;
  return api.ask('/v1/sign-in', {
    body: { email, password, totp: codeAt(secret, now, steps), ...wrong },
    headers: from === undefined ? {} : { 'x-forwarded-for': from },
  });
}

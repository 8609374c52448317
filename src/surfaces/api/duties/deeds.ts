import { KopruError } from '../../../core/errors';
import type { Asker, Door } from '../../../disclosure/door';
import type { About, Duty } from '../../../disclosure/duties';

/** Does what somebody was admitted to; what is refused for what it is about is logged. */
export async function deed<T>(door: Door, asker: Asker, duty: Duty, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KopruError) await door.refused(asker, duty, error.code);
    throw error;
  }
}

/**
 * Admits somebody to a duty that is about one person: first whether they may at all, then whether the number names anybody. Each is
 * logged. The entry's number, and under what the log knows the person.
 */
export async function admitAbout(
  door: Door,
  asker: Asker,
  duty: Duty,
  asked: Promise<Buffer>,
  about: About,
): Promise<{ logged: number; subject: Buffer }> {
  const subject = await asked.catch((error: unknown) => {
    if (error instanceof KopruError) return error;
    throw error;
  });
  if (!(subject instanceof KopruError)) return { subject, logged: await door.admit(asker, duty, { ...about, subject }) };
  await door.admit(asker, duty, about);
  await door.refused(asker, duty, subject.code, about.as);
  throw subject;
}

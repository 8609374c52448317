import { KopruError } from '../../../core/errors';
import type { Asker, Door } from '../../../disclosure/door';
import type { Duty } from '../../../disclosure/duties';

/** Does what somebody was admitted to; what is refused for what it is about is logged. */
export async function deed<T>(door: Door, asker: Asker, duty: Duty, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KopruError) await door.refused(asker, duty, error.code);
    throw error;
  }
}

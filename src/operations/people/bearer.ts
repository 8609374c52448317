import type { Who } from '../../access/decide';
import { whoOfToken } from '../../access/who';
import type { Broker } from '../broker';

/** Whose token this is, for a command that works on the database itself and yet as a person; undefined if it is of no use now. */
export function bearerOf({ db, clock }: Pick<Broker, 'db' | 'clock'>, token: string): Promise<Who | undefined> {
  return whoOfToken(db, token, clock());
}

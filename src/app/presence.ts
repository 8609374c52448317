import type { Clock } from '../core/clock';
import type { Database } from '../infra/db';
import { type Listening, listen } from '../infra/listen';
import { forgetProcess, holdProcess, type ProcessKind, registerProcess } from '../operations/upkeep/processes';

export interface Role {
  kind: ProcessKind;
  /** How many pulls and look-ups it works on at once. */
  pulls: number;
  lookups: number;
}

/** This process among the others: its row, the lock that shows that it lives, and its ear for what the database tells. */
export async function bePresent(db: Database, role: Role, clock: Clock, heard: (message: string) => void): Promise<Listening> {
  const what = { ...role, startedAt: clock() };
  const id = await registerProcess(db, what);
  const listening = await listen(db.url, {
    heard,
    connected: (client) => holdProcess(client, id, what),
  });
  return {
    live: listening.live,
    close: async () => {
      await forgetProcess(db, id).catch(() => undefined);
      await listening.close();
    },
  };
}

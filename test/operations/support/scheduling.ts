import { pino } from 'pino';
import { type Database, openDatabase } from '../../../src/infra/db';
import { currentState } from '../../../src/operations/agreementEvents';
import type { Broker } from '../../../src/operations/broker';
import { recordDemoEvents } from '../../../src/operations/demo';
import { agreement2024 } from '../../agreements/support/files';
import { type TestDatabase, testDatabase } from '../../support/database';

export const agents = 'iskur.agents';
export const workers = 'emetip.workers';

export interface Scheduling {
  broker: Broker;
  /** The same broker on a database handle of its own, as another process has it. */
  another: Broker;
  database: TestDatabase;
  /** Moves the clock of both; the text is an instant, or a time of Istanbul without a zone. */
  to(time: string): void;
  /** Slots, oldest first: `mode time status`, the time in UTC, without what the dataset's name says. */
  slots(dataset?: string): Promise<string[]>;
  /** Ends the live runs, as a worker would. */
  endRuns(): Promise<void>;
  drop(): Promise<void>;
}

/** A broker that only schedules: no keys, no workers, sources that are never asked, a clock that stands until it is moved. */
export async function scheduling(time: string, options: { inForce?: boolean } = {}): Promise<Scheduling> {
  const { inForce = true } = options;
  const agreement = agreement2024;
  const database = await testDatabase();
  const second = openDatabase(database.url, { connections: 6 });
  let now = instant(time);
  const clock = () => now;
  const parts = (db: Database): Partial<Broker> => ({
    db,
    agreement,
    clock,
    state: () => currentState({ db, agreement, clock }),
    sources: Object.fromEntries(Object.keys(agreement.datasets).map((id) => [id, {} as never])),
    log: pino({ enabled: false }),
  });
  const brokerOn = (db: Database) => parts(db) as Broker;
  const broker = brokerOn(database.db);
  if (inForce) await recordDemoEvents(broker);
  const { prisma } = database.db;
  return {
    broker,
    another: brokerOn(second),
    database,
    to: (next) => {
      now = instant(next);
    },
    slots: async (dataset = agents) => {
      const rows = await prisma.slot.findMany({ where: { dataset }, orderBy: [{ at: 'asc' }, { mode: 'asc' }] });
      return rows.map(({ mode, at, status }) => `${mode} ${at.toISOString().slice(0, 16)} ${status}`);
    },
    endRuns: async () => {
      await prisma.run.updateMany({ where: { status: { in: ['queued', 'running', 'waiting'] } }, data: { status: 'succeeded' } });
    },
    drop: async () => {
      await second.close();
      await database.drop();
    },
  };
}

function instant(time: string): Date {
  return new Date(/Z$/.test(time) ? time : `${time}+03:00`);
}

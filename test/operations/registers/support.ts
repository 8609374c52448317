import { createAuditLog } from '../../../src/audit/log';
import { KeyRing } from '../../../src/infra/keys';
import type { Broker } from '../../../src/operations/broker';
import { agreement2024 } from '../../agreements/support/files';
import { type TestDatabase, testDatabase } from '../../support/database';
import { somebody } from '../../support/people';

export interface Registers {
  broker: Broker;
  database: TestDatabase;
  /** The numbers of one who queries and one who approves, of each party. */
  people: Record<'cgm' | 'iskur' | 'cgmApprover' | 'iskurApprover', number>;
  to(time: string): void;
  /** While this runs, nothing can be written to the log. */
  withoutLog(work: () => Promise<void>): Promise<void>;
  drop(): Promise<void>;
}

/** A broker that only keeps registers, on a clock that stands. */
export async function registers(time: string): Promise<Registers> {
  const database = await testDatabase();
  const { db } = database;
  let now = new Date(time);
  const keys = new KeyRing(db, Buffer.alloc(32, 7));
  const parts: Partial<Broker> = { db, keys, agreement: agreement2024, clock: () => now, audit: createAuditLog(db.pool) };
  const broker = parts as Broker;
  const person = async (party: string, role: 'query' | 'approver') => (await somebody(broker, party, { roles: [role] })).id;
  const people = {
    cgm: await person('cgm', 'query'),
    iskur: await person('iskur', 'query'),
    cgmApprover: await person('cgm', 'approver'),
    iskurApprover: await person('iskur', 'approver'),
  };
  return {
    broker,
    database,
    people,
    to: (next) => {
      now = new Date(next);
    },
    withoutLog: async (work) => {
      await db.pool.query('alter function audit_append(text[], bytea[]) rename to audit_append_away');
      try {
        await work();
      } finally {
        await db.pool.query('alter function audit_append_away(text[], bytea[]) rename to audit_append');
      }
    },
    drop: () => database.drop(),
  };
}

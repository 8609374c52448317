import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { AuditEntry } from '../../src/audit/entry';
import { createAuditLog } from '../../src/audit/log';
import { auditKey } from '../../src/infra/auditKey';
import type { Broker } from '../../src/operations/broker';
import { agreement2024 } from '../agreements/support/files';
import { type TestDatabase, testDatabase } from '../support/database';

export interface AuditedBroker {
  /** Only what the audit's operations need. */
  broker: Broker;
  database: TestDatabase;
  folder: string;
  /** Where checkpoints are exported to. */
  checkpoints: string;
  /** Appends so many entries, one after another. */
  add(count: number): Promise<void>;
  /** Does what only the owner of the tables can: with their triggers off. */
  tamper(...statements: string[]): Promise<void>;
  /** Moves the clock on. */
  pass(minutes: number): void;
  close(): Promise<void>;
}

export function entry(n: number, more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: new Date(Date.UTC(2026, 10, 20, 9, n)),
    requestId: `request-${n}`,
    kind: 'access',
    party: n % 2 === 0 ? 'cgm' : 'iskur',
    action: 'record',
    dataset: 'iskur.agents',
    fields: ['fullName', 'unvan'],
    subjects: [Buffer.alloc(16, n)],
    decision: 'allow',
    ...more,
  };
}

/** An audit log of its own, with a folder for its checkpoints and a key. */
export async function audited(): Promise<AuditedBroker> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-audit-'));
  const database = await testDatabase();
  const checkpoints = path.join(folder, 'checkpoints');
  const log = createAuditLog(database.db.pool);
  let now = new Date('2026-11-20T12:00:00Z');
  let made = 0;
  const parts: Partial<Broker> = {
    db: database.db,
    agreement: agreement2024,
    clock: () => now,
    audit: log,
    anchor: {
      folder: checkpoints,
      key: (options) => auditKey(path.join(folder, 'secrets/audit-key.pem'), options),
      script: path.join(__dirname, '../../src/audit/offline/verify.mjs'),
    },
  };
  return {
    broker: parts as Broker,
    database,
    folder,
    checkpoints,
    add: async (count) => {
      for (let i = 0; i < count; i += 1) {
        made += 1;
        await log.append(entry(made));
      }
    },
    tamper: async (...statements) => {
      const tables = ['audit_entry', 'audit_checkpoint'];
      const all = [
        ...tables.map((t) => `alter table ${t} disable trigger user`),
        ...statements,
        ...tables.map((t) => `alter table ${t} enable trigger user`),
      ];
      for (const statement of all) await database.db.pool.query(statement);
    },
    pass: (minutes) => {
      now = new Date(now.getTime() + minutes * 60_000);
    },
    close: async () => {
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

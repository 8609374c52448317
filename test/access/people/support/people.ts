import { randomBytes } from 'node:crypto';
import type { PersonEntry } from '../../../../src/access/people/saving';
import type { Origin } from '../../../../src/access/people/store';
import { KeyRing } from '../../../../src/infra/keys';
import type { PeopleBroker } from '../../../../src/operations/people/acting';
import { agreement2024 } from '../../../agreements/support/files';
import { type TestDatabase, testDatabase } from '../../../support/database';
import { idOf } from './forms';

export const now = new Date('2026-11-22T09:00:00Z');
export const origin: Origin = { document: 'E-1', at: now, by: 'test' };

/** What operations on people need, on a database of its own; the clock stands until it is set. */
export interface TestPeople {
  broker: PeopleBroker;
  database: TestDatabase;
  set(time: Date): void;
}

export async function testPeople(): Promise<TestPeople> {
  const database = await testDatabase();
  let time = now;
  const broker = { db: database.db, keys: new KeyRing(database.db, randomBytes(32)), agreement: agreement2024, clock: () => time };
  return {
    broker,
    database,
    set: (next) => {
      time = next;
    },
  };
}

/** An entry of a made-up person who may act. */
export const entryOf = (n: number, over: Partial<PersonEntry> = {}): PersonEntry => ({
  name: `Örnek${'abcdefghij'[n % 10]} Gizlioğlu`,
  nationalId: idOf(n),
  title: 'Başmüfettiş',
  email: `gizli${n}@kurum.example`,
  unit: 'Bilgi İşlem',
  roles: ['query'],
  addresses: [],
  validFrom: '2026-02-01',
  trainedOn: '2026-02-03',
  ...over,
});

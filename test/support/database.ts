import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { type Database, openDatabase } from '../../src/infra/db';

export interface TestDatabase {
  url: string;
  db: Database;
  /** Closes and drops it; fails if a connection of the product was left open. */
  drop(): Promise<void>;
}

/** A fresh migrated database of this test's own. */
export async function testDatabase(): Promise<TestDatabase> {
  const server = process.env.KOPRU_TEST_SERVER as string;
  const name = `t_${randomBytes(6).toString('hex')}`;
  await onServer(server, `create database ${name} template template_kopru`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const db = openDatabase(url.href, { connections: 6 });
  return {
    url: url.href,
    db,
    drop: async () => {
      await db.close();
      await onServer(server, `drop database ${name}`);
    },
  };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

import { chmodSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { startEmbedded } from '../../src/infra/embedded';
import { migrate } from '../../src/infra/migrate';

/** One PostgreSQL for the whole test run, with a migrated database that each test file clones. */
export default async function globalSetup(): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-test-'));
  // As root, PostgreSQL runs as another user, who must be able to pass.
  chmodSync(folder, 0o711);
  // Nothing of it is to outlive the machine; tests of what is killed have servers of their own.
  const server = await startEmbedded({ folder, log: () => undefined, settings: { fsync: 'off', full_page_writes: 'off' } });
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await client.query('create database template_kopru');
  await client.end();
  const template = new URL(server.url);
  template.pathname = '/template_kopru';
  await migrate(template.href);
  process.env.KOPRU_TEST_SERVER = server.url;
  (globalThis as { stopTestServer?: () => Promise<void> }).stopTestServer = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

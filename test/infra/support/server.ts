import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type EmbeddedServer, startEmbedded } from '../../../src/infra/embedded';

/** Temporary folders and servers of one test file; `tidy` leaves nothing of them. */
export function scratch() {
  const folders: string[] = [];
  const servers: EmbeddedServer[] = [];
  /** What the servers told a person. */
  const lines: string[] = [];
  async function stopAll(): Promise<void> {
    for (const server of servers.splice(0)) await server.stop();
    lines.length = 0;
  }
  return {
    lines,
    folder(mode = 0o755): string {
      const folder = mkdtempSync(join(tmpdir(), 'kopru-infra-'));
      chmodSync(folder, mode);
      folders.push(folder);
      return folder;
    },
    async start(folder: string): Promise<EmbeddedServer> {
      const server = await startEmbedded({ folder, log: (line) => lines.push(line) });
      servers.push(server);
      return server;
    },
    stopAll,
    async tidy(): Promise<void> {
      await stopAll();
      for (const folder of folders.splice(0)) {
        const location = join(folder, 'data/postgres.location');
        if (existsSync(location)) rmSync(readFileSync(location, 'utf8').trim(), { recursive: true, force: true });
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

export async function ask<T extends object>(url: string, sql: string): Promise<T[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

import os from 'node:os';
import type { Client } from 'pg';
import type { Database } from '../../infra/db';

import { processLock } from '../runs/locks';

export type ProcessKind = 'up' | 'api' | 'work' | 'schedule' | 'command';

export interface ProcessRole {
  kind: ProcessKind;
  pulls: number;
  lookups: number;
  startedAt: Date;
}

/** How many runs and look-ups a process works on at once if nothing else is said. */
export const usualWork = { pulls: 1, lookups: 8 };

/** Whether a process row's lock is held: a killed process loses it at once. */
const alive = `exists (select 1 from pg_locks l where l.locktype = 'advisory' and l.granted and l.classid = ${processLock} and l.objid = p.id
  and l.database = (select oid from pg_database where datname = current_database()))`;

/** Writes that this process is there, and forgets those that are gone. Returns its number, under which it holds its lock. */
export async function registerProcess(db: Database, what: ProcessRole): Promise<number> {
  await db.pool.query(`delete from process p where not ${alive} and p.started_at < $1`, [new Date(what.startedAt.getTime() - 60_000)]);
  const { id } = await db.prisma.process.create({ data: { ...what, host: os.hostname(), pid: process.pid } });
  return id;
}

/** Holds a process's lock for as long as the connection lives; writes its row anew if another process took it for gone. */
export async function holdProcess(client: Client, id: number, what: ProcessRole): Promise<void> {
  await client.query('select pg_try_advisory_lock($1, $2)', [processLock, id]);
  const { kind, pulls, lookups, startedAt } = what;
  await client.query(
    `insert into process (id, kind, host, pid, pulls, lookups, started_at) values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing`,
    [id, kind, os.hostname(), process.pid, pulls, lookups, startedAt],
  );
}

export async function forgetProcess(db: Database, id: number): Promise<void> {
  await db.prisma.process.deleteMany({ where: { id } });
}

export interface LiveProcess {
  kind: string;
  host: string;
  pid: number;
  pulls: number;
  lookups: number;
  startedAt: Date;
}

/** The broker's processes that live now, on any machine. */
export async function liveProcesses(db: Database): Promise<LiveProcess[]> {
  const { rows } = await db.pool.query(
    `select kind, host, pid, pulls, lookups, started_at as "startedAt" from process p where ${alive} order by kind, id`,
  );
  return rows;
}

/** How many pulls all live processes together work on at once. */
export async function livePulls(db: Database): Promise<number> {
  return (await liveProcesses(db)).reduce((sum, { pulls }) => sum + pulls, 0);
}

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { KopruError } from '../core/errors';
import type { Database } from './db';
import { asFolderError } from './folders';
import { createOnce } from './folders/createOnce';

/** seal: AES-256 of records, lookup: of look-ups on their way; hash, index, name, log: HMAC-SHA-256. */
export type KeyPurpose = 'seal' | 'hash' | 'index' | 'name' | 'log' | 'lookup';

export interface DataKey {
  id: number;
  version: number;
  bytes: Buffer;
}

/**
 * The master key, 32 bytes in base64 in a file of its own (0600). Made on first use where the file is the default one.
 * @throws KopruError `key-missing`
 */
export function masterKey(file: string, options: { create: boolean }): Buffer {
  if (!existsSync(file)) {
    if (!options.create)
      throw new KopruError('key-missing', `The master key file ${file} is missing.`, {
        hint: 'Restore it from its safe place; without it sealed data cannot be opened.',
      });
    try {
      createOnce(file, `${randomBytes(32).toString('base64')}\n`);
    } catch (error) {
      throw asFolderError(path.dirname(file), error);
    }
  }
  let key: Buffer;
  try {
    key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
  } catch {
    throw new KopruError('key-missing', `The master key file ${file} cannot be read.`, {
      hint: 'Let this user, and nobody else, read it.',
    });
  }
  if (key.length !== 32)
    throw new KopruError('key-missing', `The master key file ${file} does not hold 32 bytes in base64.`, {
      hint: 'Restore the right file.',
    });
  return key;
}

/** Whether keys were made in this database: then its master key must exist. */
export async function hasKeys(db: Database): Promise<boolean> {
  return (await db.prisma.dataKey.count()) > 0;
}

/** The keys in the database, unwrapped on demand and kept for the process's life. */
export class KeyRing {
  private readonly known = new Map<string, DataKey>();

  constructor(
    private readonly db: Database,
    private readonly master: Buffer,
  ) {}

  /** The newest key of a scope and purpose; made if there is none. */
  async current(scope: string, purpose: KeyPurpose): Promise<DataKey> {
    const cached = this.known.get(`${scope}/${purpose}`);
    if (cached) return cached;
    const newest = { where: { scope, purpose }, orderBy: { version: 'desc' } } as const;
    let row = await this.db.prisma.dataKey.findFirst(newest);
    if (!row) {
      const wrapped = wrap(this.master, randomBytes(32), `${scope}/${purpose}/1`);
      // Another process may make it at the same time: the first row stays.
      await this.db.prisma.dataKey.createMany({
        data: [{ scope, purpose, version: 1, wrapped: new Uint8Array(wrapped) }],
        skipDuplicates: true,
      });
      row = await this.db.prisma.dataKey.findFirstOrThrow(newest);
    }
    const key = this.open(row);
    this.known.set(`${scope}/${purpose}`, key);
    return key;
  }

  /** A key by its number, as rows name it. @throws KopruError `key-missing` if it was destroyed. */
  async byId(id: number): Promise<DataKey> {
    const cached = this.known.get(`#${id}`);
    if (cached) return cached;
    const row = await this.db.prisma.dataKey.findUnique({ where: { id } });
    if (!row) throw new KopruError('key-missing', `There is no data key ${id}.`, { hint: 'Restore the table data_key.' });
    const key = this.open(row);
    this.known.set(`#${id}`, key);
    return key;
  }

  private open(row: { id: number; scope: string; purpose: string; version: number; wrapped: Uint8Array | null }): DataKey {
    if (!row.wrapped) throw new KopruError('key-missing', `The data key ${row.id} was destroyed; what it sealed is gone.`);
    const bytes = unwrap(this.master, Buffer.from(row.wrapped), `${row.scope}/${row.purpose}/${row.version}`);
    if (!bytes) {
      throw new KopruError('key-wrong', 'The master key does not fit the keys in this database.', {
        hint: 'Use the master key with which this database was begun.',
      });
    }
    return { id: row.id, version: row.version, bytes };
  }
}

function wrap(master: Buffer, key: Buffer, context: string): Buffer {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', master, iv).setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(key), cipher.final()]);
  return Buffer.concat([iv, body, cipher.getAuthTag()]);
}

function unwrap(master: Buffer, wrapped: Buffer, context: string): Buffer | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', master, wrapped.subarray(0, 12)).setAAD(Buffer.from(context));
    decipher.setAuthTag(wrapped.subarray(-16));
    return Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]);
  } catch {
    return undefined;
  }
}

import { chmodSync, createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import type { Dataset, Field } from '../src/agreements/language';

const sqlTypes: Record<Field['type'], string> = {
  text: 'text',
  nationalId: 'text',
  date: 'date',
  partialDate: 'text',
  integer: 'integer',
  boolean: 'boolean',
  code: 'text',
  province: 'text',
  phone: 'text',
  counts: 'text',
  findings: 'text',
};

/** The yardstick: the server's own COPY of the same rows, in clear, into a logged table without an index. */
export async function copyYardstick(
  server: string,
  folder: string,
  definition: Dataset,
  records: Iterable<object>,
): Promise<{ seconds(): Promise<number>; end(): Promise<void> }> {
  const file = path.join(folder, 'rows.copy');
  const names = Object.keys(definition.fields);
  await pipeline(Readable.from(lines(names, records)), createWriteStream(file));
  // The server reads it as its own user.
  chmodSync(folder, 0o755);
  chmodSync(file, 0o644);
  const client = new Client({ connectionString: server });
  await client.connect();
  const columns = Object.entries(definition.fields).map(([name, field]) => `"${name}" ${sqlTypes[field.type]}`);
  return {
    seconds: async () => {
      await client.query('drop table if exists yardstick');
      await client.query(`create table yardstick (${columns.join(', ')})`);
      await client.query('checkpoint');
      const begun = process.hrtime.bigint();
      await client.query(`copy yardstick from '${file}'`);
      const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
      // Gone at once, so that no vacuum of it disturbs what is measured next.
      await client.query('drop table yardstick');
      return seconds;
    },
    end: async () => {
      await client.query('drop table if exists yardstick');
      await client.end();
    },
  };
}

function* lines(names: string[], records: Iterable<object>): Generator<string> {
  let text = '';
  for (const record of records) {
    text += `${names.map((name) => cell((record as Record<string, unknown>)[name])).join('\t')}\n`;
    if (text.length < 1 << 16) continue;
    yield text;
    text = '';
  }
  yield text;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '\\N';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n');
}

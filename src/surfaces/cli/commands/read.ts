import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { KopruError } from '../../../core/errors';
import { type ApiAccess, askApi, textOf } from '../client';
import type { CommandContext } from '../deps';

interface AccessOptions {
  as: string;
  url?: string;
  ca?: string;
  tokenFile?: string;
  purpose?: string;
}

/** Commands that read as a party, through the API like any other reader. */
export function readCommands(program: Command, context: CommandContext): void {
  const throughApi = (command: Command) =>
    command
      .requiredOption('--as <party>', 'the party that reads; its credential lies in the data folder')
      .option('--purpose <id>', 'what for; a purpose of the agreement')
      .option('--url <url>', 'another API than this data folder’s')
      .option('--ca <file>', 'the authority that signed its certificate')
      .option('--token-file <file>', 'another credential');
  const asParty = (command: Command) =>
    throughApi(command).option('--snapshot <version>', 'an older snapshot').option('--fields <names>', 'names of fields, with commas');

  asParty(program.command('read').argument('<dataset>'))
    .option('--limit <n>', 'how many records', '10')
    .option('--after <cursor>', 'next of the page before')
    .option('--id', 'one record; its national id is read from standard input')
    .description('read records as a party, through the API')
    .action(
      async (
        dataset: string,
        options: AccessOptions & { limit: string; after?: string; id?: boolean; snapshot?: string; fields?: string },
      ) => {
        const access = accessOf(context, options);
        const answer = options.id
          ? await askApi(
              access,
              `/v1/datasets/${encodeURIComponent(dataset)}/record${query({ snapshot: options.snapshot, fields: options.fields })}`,
              { id: idFromInput() },
            )
          : await askApi(
              access,
              `/v1/datasets/${encodeURIComponent(dataset)}/records${query({ snapshot: options.snapshot, fields: options.fields, limit: options.limit, after: options.after })}`,
            );
        process.stdout.write(`${JSON.stringify(JSON.parse(await textOf(answer)), null, 2)}\n`);
      },
    );

  throughApi(program.command('lookup').argument('<dataset>'))
    .option('--key <text>', 'an idempotency key of yours: a repeat of the same question is free')
    .description('ask the source for one person now, through the API and the queue; the national id is read from standard input')
    .action(async (dataset: string, options: AccessOptions & { key?: string }) => {
      const access = { ...accessOf(context, options), repeatKey: options.key };
      let answer = await askApi(access, `/v1/datasets/${encodeURIComponent(dataset)}/lookups`, { id: idFromInput() });
      while (answer.statusCode === 202) {
        const place = String(answer.headers.location);
        await textOf(answer);
        await pause(Number(answer.headers['retry-after']) * 1000);
        answer = await askApi(access, place);
      }
      process.stdout.write(`${JSON.stringify(JSON.parse(await textOf(answer)), null, 2)}\n`);
    });

  asParty(program.command('export').argument('<dataset>'))
    .option('--out <file>', 'an NDJSON file; a manifest is written beside it. Standard output if left out')
    .description('export a whole snapshot as a party, one record a line')
    .action(async (dataset: string, options: AccessOptions & { out?: string; snapshot?: string; fields?: string }) => {
      const terminal = context.terminal();
      const answer = await askApi(
        accessOf(context, options),
        `/v1/datasets/${encodeURIComponent(dataset)}/export${query({ snapshot: options.snapshot, fields: options.fields })}`,
      );
      if (!options.out) return pipeline(answer, process.stdout, { end: false });
      const provenance = JSON.parse(Buffer.from(String(answer.headers['kopru-provenance']), 'base64url').toString('utf8'));
      await pipeline(answer, createWriteStream(options.out, { mode: 0o600 }));
      writeFileSync(`${options.out}.manifest.json`, JSON.stringify(provenance, null, 2), { mode: 0o600 });
      terminal.line(
        `${options.out}: snapshot v${provenance.snapshot.version} of ${dataset}, ${provenance.snapshot.records} records; manifest beside it.`,
      );
      terminal.data({ file: options.out, manifest: `${options.out}.manifest.json`, provenance });
    });
}

function accessOf(context: CommandContext, options: AccessOptions): ApiAccess {
  const { dataFolder } = context.deps.settings();
  const own = ownApi(dataFolder);
  const url = options.url ?? own?.url;
  if (!url) throw new KopruError('usage', 'No API runs on this data folder.', { hint: 'Start it with kopru up, or name one with --url.' });
  if (!/^[a-z][a-z0-9-]*$/.test(options.as)) throw new KopruError('usage', 'A party’s id has lower-case letters, digits and hyphens.');
  const tokenFile = options.tokenFile ?? path.join(dataFolder, 'secrets', 'credentials', `${options.as}.token`);
  return { url, caFile: options.ca ?? (options.url ? undefined : own?.caFile), tokenFile, purpose: options.purpose };
}

/** Where the broker of a data folder serves its API; it writes this when it listens. */
function ownApi(dataFolder: string): { url: string; caFile: string } | undefined {
  try {
    return JSON.parse(readFileSync(path.join(dataFolder, 'secrets', 'api.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

function idFromInput(): string {
  const id = readFileSync(0, 'utf8').trim();
  if (id === '')
    throw new KopruError('usage', 'No national id came on standard input.', {
      hint: 'Send it as a line: … | kopru read DATASET --as PARTY --id',
    });
  return id;
}

function query(values: Record<string, string | undefined>): string {
  const given = Object.entries(values).filter((e): e is [string, string] => e[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { KopruError } from '../../../core/errors';
import { type ApiAccess, askApi, textOf } from '../client';
import type { CommandContext } from '../deps';

export interface AccessOptions {
  as: string;
  url?: string;
  ca?: string;
  tokenFile?: string;
  certificate?: string;
  certificateKey?: string;
  purpose?: string;
  case?: string;
}

/** Commands that read as a person, through the API like any other reader. */
export function readCommands(program: Command, context: CommandContext): void {
  choosing(asParty(program.command('read').argument('<dataset>')))
    .option('--limit <n>', 'how many records', '10')
    .option('--after <cursor>', 'next of the page before')
    .option('--id', 'one record; its national id is read from standard input')
    .description('read records as a party, through the API')
    .action(
      async (
        dataset: string,
        options: AccessOptions & Chosen & { limit: string; after?: string; id?: boolean; snapshot?: string; fields?: string },
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
              `/v1/datasets/${encodeURIComponent(dataset)}/records${query({ snapshot: options.snapshot, fields: options.fields, limit: options.limit, after: options.after, ...chosen(options) })}`,
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
}

/** The options of a command that asks as a person, for a purpose. */
export function throughApi(command: Command): Command {
  return asPerson(command)
    .option('--purpose <id>', 'what for; a purpose of the agreement')
    .option('--case <reference>', 'the case that it is for; nothing of a person');
}

/** The options of a command that asks the API as a person. */
export function asPerson(command: Command): Command {
  return withCredential(command)
    .option('--url <url>', 'another API than this data folder’s')
    .option('--ca <file>', 'the authority that signed its certificate')
    .option('--certificate <file>', 'the institution’s client certificate, where the API asks for one')
    .option('--certificate-key <file>', 'its key');
}

/** The options that say whose credential it is. */
export function withCredential(command: Command): Command {
  return command
    .requiredOption('--as <person>', 'who asks, by the name of a credential in the data folder')
    .option('--token-file <file>', 'another credential');
}

/** Which records, beside all. */
export interface Chosen {
  where?: string[];
  since?: string;
}

/** The options by which records are chosen. */
export function choosing(command: Command): Command {
  return command
    .option('--where <field=value...>', 'only records with this value, or with one of several with commas')
    .option('--since <version>', 'only records that are new or other since this snapshot');
}

/** The same as parameters of an address. */
export function chosen({ where = [], since }: Chosen): Record<string, string | undefined> {
  const pairs = where.map((text) => {
    const at = text.indexOf('=');
    if (at < 1) throw new KopruError('usage', 'What --where takes must be written as field=value.');
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  return { ...Object.fromEntries(pairs), changedSince: since };
}

/** The options of a command that reads records as a person. */
export function asParty(command: Command): Command {
  return throughApi(command).option('--snapshot <version>', 'an older snapshot').option('--fields <names>', 'names of fields, with commas');
}

export function accessOf(context: CommandContext, options: AccessOptions): ApiAccess {
  const { dataFolder } = context.deps.settings();
  const own = ownApi(dataFolder);
  const url = options.url ?? own?.url;
  if (!url) throw new KopruError('usage', 'No API runs on this data folder.', { hint: 'Start it with kopru up, or name one with --url.' });
  const caFile = options.ca ?? (options.url ? undefined : own?.caFile);
  return {
    url,
    caFile,
    tokenFile: tokenFileOf(context, options),
    certFile: options.certificate,
    keyFile: options.certificateKey,
    purpose: options.purpose,
    case: options.case,
  };
}

/** Where the credential of whoever asks lies. */
export function tokenFileOf(context: CommandContext, { as, tokenFile }: Pick<AccessOptions, 'as' | 'tokenFile'>): string {
  if (!/^[a-z][a-z0-9-]*$/.test(as)) throw new KopruError('usage', 'The name of a credential has lower-case letters, digits and hyphens.');
  return tokenFile ?? path.join(context.deps.settings().dataFolder, 'secrets', 'credentials', `${as}.token`);
}

/** Where the broker of a data folder serves its API; it writes this when it listens. */
function ownApi(dataFolder: string): { url: string; caFile: string } | undefined {
  try {
    return JSON.parse(readFileSync(path.join(dataFolder, 'secrets', 'api.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** A national id, which never stands in a command: shells keep what is typed. */
export function idFromInput(): string {
  const id = readFileSync(0, 'utf8').trim();
  if (id === '')
    throw new KopruError('usage', 'No national id came on standard input.', {
      hint: 'Send it as a line: … | kopru …',
    });
  return id;
}

export function query(values: Record<string, string | undefined>): string {
  const given = Object.entries(values).filter((e): e is [string, string] => e[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

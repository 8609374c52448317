import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Credentials, newCredentials } from './services/credentials';
import { type SecretName, type SourcesOptions, secretTexts, simulatorQuerySources, simulatorSources } from './sources';

/** The credentials that an earlier start left in a folder, or new ones, which are then left there (0600). */
export function keptCredentials(folder: string): Credentials {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fresh = secretTexts(newCredentials());
  const text = (name: SecretName) => {
    const file = join(folder, name);
    if (!existsSync(file)) writeFileSync(file, fresh[name], { mode: 0o600 });
    return readFileSync(file, 'utf8').trim();
  };
  return {
    iskur: { username: text('iskurUsername'), password: text('iskurPassword') },
    emetip: { token: text('emetipToken') },
    cts: { key: text('ctsKey') },
  };
}

/** Writes files of sources beside the secrets, ready for the product: by listings, and with Ek-1's query. Returns their paths. */
export function writeSources(folder: string, baseUrls: SourcesOptions['baseUrls'], caFile: string): string[] {
  const secretFiles = {} as Record<SecretName, string>;
  for (const name of ['iskurUsername', 'iskurPassword', 'emetipToken', 'ctsKey'] as const) secretFiles[name] = resolve(folder, name);
  const options: SourcesOptions = { baseUrls, caFile: resolve(caFile), secretFiles };
  const files = { 'sources.json': simulatorSources(options), 'sources-query.json': simulatorQuerySources(options) };
  return Object.entries(files).map(([name, sources]) => {
    const file = resolve(folder, name);
    writeFileSync(file, `${JSON.stringify(sources, null, 2)}\n`);
    return file;
  });
}

import path from 'node:path';
import type { Agreement } from '../../agreements/language';
import { invalidFile, readChecked } from '../../agreements/load';
import { sourceProblems } from './check';
import { type QueryConfig, type SourceConfig, sourcesShape } from './config';
import type { Secret } from './secrets';

export interface LoadedSources {
  sources: Record<string, SourceConfig>;
  /** By dataset, the query that look-ups go to. */
  lookups: Record<string, QueryConfig>;
}

/**
 * Reads and checks the sources file (YAML or JSON) against the agreement whose datasets it fills.
 * Names of files in it are taken from its own folder and come back absolute.
 * @throws KopruError `sources-invalid`, naming every mistake in it
 */
export function loadSources(file: string, agreement: Agreement, env: NodeJS.ProcessEnv = process.env): LoadedSources {
  const read = readChecked(file, sourcesShape, 'sources-invalid', 'sources');
  const folder = path.dirname(path.resolve(file));
  const inFolder = <T extends SourceConfig>(all: Record<string, T>) =>
    Object.fromEntries(Object.entries(all).map(([id, source]) => [id, absolute(source, folder)]));
  const lookups = Object.fromEntries(Object.entries(read.lookups).map(([id, query]) => [id, { ...query, known: [] }]));
  const sources: LoadedSources = {
    sources: inFolder(read.sources),
    lookups: { ...queriesAmong(inFolder(read.sources)), ...inFolder(lookups) },
  };
  const problems = [
    ...Object.entries(sources.sources).flatMap(([id, source]) => sourceProblems(`sources.${id}`, id, source, agreement, env)),
    ...Object.keys(lookups).flatMap((id) => sourceProblems(`lookups.${id}`, id, sources.lookups[id] as QueryConfig, agreement, env)),
  ];
  if (problems.length > 0) {
    throw invalidFile(file, problems, 'sources-invalid', 'sources');
  }
  return sources;
}

function absolute<T extends SourceConfig>(source: T, folder: string): T {
  const resolve = (file: string) => path.resolve(folder, file);
  const secret = (s: Secret): Secret => ('file' in s ? { file: resolve(s.file) } : s);
  const auth = (a: SourceConfig['auth']): SourceConfig['auth'] => {
    switch (a.type) {
      case 'basic':
        return { ...a, username: secret(a.username), password: secret(a.password) };
      case 'bearer':
        return { ...a, token: secret(a.token) };
      case 'apiKey':
        return { ...a, key: secret(a.key) };
      case 'clientCertificate':
        return { ...a, certificate: resolve(a.certificate), key: resolve(a.key) };
      default:
        return a;
    }
  };
  return {
    ...source,
    auth: auth(source.auth),
    ...(source.ca === undefined ? {} : { ca: resolve(source.ca) }),
    ...(source.kind === 'query' ? { known: source.known.map((k) => ('file' in k ? { file: resolve(k.file) } : k)) } : {}),
  };
}

/** A source that is a query answers look-ups too. */
function queriesAmong(sources: Record<string, SourceConfig>): Record<string, QueryConfig> {
  return Object.fromEntries(Object.entries(sources).filter((entry): entry is [string, QueryConfig] => entry[1].kind === 'query'));
}

import { defaultPageCaps } from './options';
import { type ListingName, paths, type ServiceName } from './services/addresses';
import { resultCodes } from './services/agents';
import { apiKeyHeader, type Credentials } from './services/credentials';
import { mappings, queryMapping } from './services/mappings';
import { versionHeader } from './services/workers';

/** Each secret of the stand-in's callers, to be put into a file of its own. */
export function secretTexts({ iskur, emetip, cts }: Credentials) {
  return { iskurUsername: iskur.username, iskurPassword: iskur.password, emetipToken: emetip.token, ctsKey: cts.key };
}

export type SecretName = keyof ReturnType<typeof secretTexts>;

export interface SourcesOptions {
  baseUrls: Record<ServiceName, string>;
  /** PEM file of the authority that signed the services' certificate. */
  caFile: string;
  secretFiles: Record<SecretName, string>;
  /** Records asked for at once; default: the services' own caps. */
  pageSizes?: Partial<Record<ListingName, number>>;
}

/** What the product's sources file holds, as plain JSON: every dataset from its listing, and Ek-1's query for look-ups. */
export function simulatorSources(options: SourcesOptions) {
  const { known: _, ...query } = agentsByQuery(options);
  return {
    sources: { 'iskur.agents': agents(options), 'emetip.workers': workers(options), 'cts.children': children(options) },
    lookups: { 'iskur.agents': { ...query, limits: { concurrency: 8 } } },
  };
}

/** The same, with İŞKUR's intermediaries from Ek-1's query alone, asked for by the ids that e-METİP names. */
export function simulatorQuerySources(options: SourcesOptions) {
  return { sources: { ...simulatorSources(options).sources, 'iskur.agents': agentsByQuery(options) } };
}

const limits = ({ pageSizes }: SourcesOptions, name: ListingName) => ({
  pageSize: pageSizes?.[name] ?? defaultPageCaps[name],
  // On this machine packing and unpacking would only cost.
  compression: 'none',
});

const iskurAuth = ({ secretFiles }: SourcesOptions) => ({
  type: 'basic',
  username: { file: secretFiles.iskurUsername },
  password: { file: secretFiles.iskurPassword },
});

function agents(options: SourcesOptions) {
  return {
    kind: 'listing',
    service: 'İŞKUR tarım aracıları (stand-in)',
    baseUrl: options.baseUrls.agents,
    ca: options.caFile,
    auth: iskurAuth(options),
    request: { path: paths.agents },
    paging: { style: 'offset', offsetParam: 'offset', sizeParam: 'limit' },
    response: {
      records: 'kayitlar',
      total: 'toplam',
      version: 'surum',
      time: 'veriZamani',
      encoding: 'windows-1254',
      code: { at: 'sonuc.kod', ok: [resultCodes.ok], notFound: [resultCodes.notFound], notAuthorised: [resultCodes.notAuthorised] },
    },
    meanings: { notAuthorised: [{ status: 500, contains: 'yetkisiz' }] },
    consistency: 'version',
    fields: mappings['iskur.agents'],
    limits: limits(options, 'agents'),
  };
}

function agentsByQuery(options: SourcesOptions) {
  return {
    kind: 'query',
    service: 'İŞKUR Ek-1 sorgusu (stand-in)',
    baseUrl: options.baseUrls['agents-query'],
    ca: options.caFile,
    auth: iskurAuth(options),
    request: { path: paths['agents-query'], body: { tcKimlikNo: '{id}' } },
    response: { records: '$', encoding: 'windows-1254' },
    meanings: {
      notFound: [{ status: 404, contains: 'bulunamadı' }],
      notAuthorised: [{ status: 500, contains: 'yetkisiz' }],
    },
    kinds: ['tckn'],
    known: [{ dataset: 'emetip.workers', field: 'agentId' }],
    fields: queryMapping,
  };
}

function workers(options: SourcesOptions) {
  return {
    kind: 'listing',
    service: 'e-METİP (stand-in)',
    baseUrl: options.baseUrls.workers,
    ca: options.caFile,
    auth: { type: 'bearer', token: { file: options.secretFiles.emetipToken } },
    request: { path: paths.workers },
    paging: { style: 'page', pageParam: 'page', sizeParam: 'size', firstPage: 1, pages: 'sayfaSayisi' },
    response: { records: 'icerik', total: 'toplam', version: { header: versionHeader }, time: 'veriTarihi' },
    meanings: { notAuthorised: [{ status: 500, contains: 'yetkisiz' }] },
    consistency: 'version',
    fields: mappings['emetip.workers'],
    limits: limits(options, 'workers'),
  };
}

function children(options: SourcesOptions) {
  return {
    kind: 'listing',
    service: 'ÇTS (stand-in)',
    baseUrl: options.baseUrls.children,
    ca: options.caFile,
    auth: { type: 'apiKey', header: apiKeyHeader, key: { file: options.secretFiles.ctsKey } },
    request: { path: paths.children },
    paging: { style: 'cursor', cursorParam: 'imlec', sizeParam: 'adet', next: 'sonraki' },
    response: { records: 'cocuklar', total: 'kayitSayisi', encoding: 'iso-8859-9' },
    meanings: { notAuthorised: [{ status: 500, contains: 'yetkisiz' }] },
    fields: mappings['cts.children'],
    limits: limits(options, 'children'),
  };
}

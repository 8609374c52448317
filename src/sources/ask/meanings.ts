import { type ErrorCode, KopruError } from '../../core/errors';
import { upperTr } from '../../core/text';
import { inflate } from '../answer/decode';
import type { SourceConfig } from '../configure/config';
import type { RawPage } from '../page';
import { SourceFailure } from './failure';

const searched = 64 * 1024;

/**
 * What an HTTP answer means: undefined if it is one to read, else one of not authorised, not found, fault.
 * The configured meanings go before the status, because some services send "yetkisiz" as a 500.
 */
export function statusFailure(status: number, raw: RawPage, config: SourceConfig, waitSeconds?: number): KopruError | undefined {
  const { notAuthorised, notFound } = config.meanings;
  let text: string | undefined;
  const matches = (rule: { status: number; contains?: string | undefined }) => {
    if (rule.status !== status) return false;
    if (rule.contains === undefined) return true;
    text ??= folded(beginning(raw, config));
    return text.includes(folded(rule.contains));
  };
  if (notAuthorised.some(matches)) return refusal(status, config);
  if (notFound.some(matches)) return nothing(status, config);
  if (status >= 200 && status < 300) return undefined;
  if (status === 401 || status === 403) return refusal(status, config);
  if (status === 404) return nothing(status, config);
  return fault(status, config, waitSeconds);
}

function refusal(status: number, { service }: SourceConfig): KopruError {
  return new KopruError('source-not-authorised', `${service} refused our credentials (HTTP ${status}).`, {
    hint: 'Check the source’s credential, and ask the agency whether it is still valid for this service.',
  });
}

function nothing(status: number, { service }: SourceConfig): KopruError {
  return new KopruError('source-not-found', `${service} knows nothing under this address or id (HTTP ${status}).`);
}

function fault(status: number, { service, retry }: SourceConfig, waitSeconds: number | undefined): KopruError {
  const repeatable = status === 408 || status === 429 || status >= 500;
  if (!repeatable) {
    return new KopruError('source-fault', `${service} does not accept the request (HTTP ${status}).`, {
      severity: 'halt',
      hint: 'Check the source’s address, request and paging in the sources file.',
    });
  }
  if (waitSeconds !== undefined && waitSeconds > retry.maxSeconds * 10) {
    const code: ErrorCode = status === 429 ? 'source-limit' : 'source-fault';
    const wait = `${Math.ceil(waitSeconds / 60)} minutes`;
    return new SourceFailure(code, `${service} asks to be left alone for ${wait} (HTTP ${status}).`, {
      hint: `That is longer than this run waits; start it again in ${wait}.`,
      final: true,
    });
  }
  return new SourceFailure('source-fault', `${service} reported a fault of its own (HTTP ${status}).`, { waitSeconds });
}

/** The first part of an answer as text; what cannot be read matches nothing. */
function beginning(raw: RawPage, config: SourceConfig): string {
  try {
    const bytes = inflate(raw, config.limits.maxInflatedBytes, config.service).subarray(0, searched);
    // Some write their letters as \u0131.
    return new TextDecoder(config.response.encoding)
      .decode(bytes)
      .replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  } catch {
    return '';
  }
}

/** Turkish capitals; the dot of İ is dropped too, since programs that know no Turkish write YETKISIZ. */
function folded(text: string): string {
  return upperTr(text.normalize('NFC')).replaceAll('İ', 'I');
}

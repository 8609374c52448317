import { isUtf8 } from 'node:buffer';
import zlib from 'node:zlib';
import { KopruError } from '../../core/errors';
import type { RawPage } from '../page';

export type Encoding = 'utf-8' | 'windows-1254' | 'iso-8859-9';

/** The bytes without their transfer compression, at most `limit` of them. */
export function inflate(raw: RawPage, limit: number, service: string): Uint8Array {
  const bytes = unpacked(raw, limit, service);
  if (bytes.byteLength > limit) throw tooLarge(service, limit);
  return bytes;
}

function unpacked(raw: RawPage, limit: number, service: string): Uint8Array {
  const options = { maxOutputLength: limit, chunkSize: 256 * 1024 };
  try {
    switch (raw.contentEncoding?.trim().toLowerCase()) {
      case undefined:
      case '':
      case 'identity':
        return raw.bytes;
      case 'gzip':
      case 'x-gzip':
        return zlib.gunzipSync(raw.bytes, options);
      case 'deflate':
        // Servers send both the zlib and the bare form under this name; a zlib header's low four bits are 8.
        return ((raw.bytes[0] ?? 0) & 15) === 8 ? zlib.inflateSync(raw.bytes, options) : zlib.inflateRawSync(raw.bytes, options);
      case 'br':
        return zlib.brotliDecompressSync(raw.bytes, options);
      default:
        throw new KopruError('source-garbled', `${service} compressed its answer in a way nobody asked for.`, { severity: 'halt' });
    }
  } catch (error) {
    if (error instanceof KopruError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(service, limit);
    throw new KopruError('source-garbled', `${service} sent compressed bytes that are cut or broken.`);
  }
}

/** The text of an answer's bytes; a leading byte order mark goes. Bytes that the encoding does not have are refused. */
export function decode(bytes: Uint8Array, encoding: Encoding, service: string): string {
  if (encoding !== 'utf-8') return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  if (!isUtf8(bytes)) {
    throw new KopruError('source-garbled', `${service} sent bytes that are not UTF-8.`, {
      hint: 'Perhaps response.encoding in the sources file should be windows-1254 or iso-8859-9.',
    });
  }
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', marked ? 3 : 0);
}

function tooLarge(service: string, limit: number): KopruError {
  return new KopruError('source-too-large', `${service} sent an answer larger than ${limit} bytes when unpacked.`, {
    hint: 'Lower limits.pageSize, or raise limits.maxInflatedBytes in the sources file if the answer is right.',
  });
}

import { randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import axios from 'axios';
import { readAuthorities } from '../tls/read';
import { type ProvenTime, proveToken, timestampRequest, tokenOf } from './token';

export type { ProvenTime };

const mostBytes = 64 * 1024;
const timeoutMillis = 10_000;

/** A time-stamping authority (RFC 3161). */
export interface TimestampAuthority {
  /** Has the data's SHA-256 stamped, and proves the answer; the token is DER. @throws Error saying why there is none */
  stamp(data: Buffer): Promise<{ token: Buffer; proven: ProvenTime }>;
  /** What a token proves of the data. @throws Error saying what is wrong with it */
  prove(token: Buffer, data: Buffer): Promise<ProvenTime>;
}

/** The authority at an address over HTTP (RFC 3161, 3.4). What it gives is believed by its signature alone. @throws KopruError `settings-invalid` */
export function timestampAuthority(url: string, caFile: string): TimestampAuthority {
  const authorities = () => readAuthorities(caFile, 'AUDIT_TIMESTAMP_CA_FILE');
  authorities();
  const prove = (token: Buffer, data: Buffer) => proveToken(token, data, authorities());
  return {
    prove,
    stamp: async (data) => {
      const nonce = positive(randomBytes(8));
      const token = tokenOf(await post(url, timestampRequest(data, nonce)), nonce);
      return { token, proven: await prove(token, data) };
    },
  };
}

/** As a whole number of exactly these bytes in DER. */
function positive(nonce: Buffer): Buffer {
  nonce[0] = ((nonce[0] as number) & 0x7f) | 0x40;
  return nonce;
}

async function post(url: string, body: Buffer): Promise<Buffer> {
  const { status, data } = await axios
    .request<Buffer>({
      url,
      method: 'post',
      data: body,
      headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply', 'user-agent': 'kopru' },
      httpAgent: new http.Agent(),
      httpsAgent: new https.Agent({ minVersion: 'TLSv1.2', rejectUnauthorized: true }),
      responseType: 'arraybuffer',
      transformRequest: [(given) => given],
      maxRedirects: 0,
      maxContentLength: mostBytes,
      signal: AbortSignal.timeout(timeoutMillis),
      proxy: false,
      validateStatus: () => true,
    })
    .catch((error: Error) => {
      throw axios.isCancel(error) ? new Error(`it did not answer within ${timeoutMillis / 1000} seconds`, { cause: error }) : error;
    });
  if (status !== 200) throw new Error(`it answered with HTTP ${status}`);
  return data;
}

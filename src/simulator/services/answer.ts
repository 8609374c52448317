import { type Charset, encodeText } from './charset';

/** A whole answer before it goes over the wire. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** A JSON answer in the service's own encoding. */
export function jsonAnswer(charset: Charset, status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': `application/json; charset=${charset}`, ...headers },
    body: encodeText(JSON.stringify(value), charset),
  };
}

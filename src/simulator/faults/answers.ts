import { Readable } from 'node:stream';
import { type Answer, jsonAnswer } from '../services/answer';
import type { Charset } from '../services/charset';
import type { AnswerFault } from './orders';

/** How an answer leaves, where not at once and whole. */
export type Delivery =
  | { way: 'whole'; answer: Answer }
  | { way: 'never' }
  /** The connection breaks after half of what was promised. */
  | { way: 'broken'; answer: Answer }
  | { way: 'drip'; answer: Answer; bytes: number; everyMs: number }
  | { way: 'flood'; gzip: boolean; body: () => Readable };

/**
 * What comes instead of the answer or becomes of it. `answer` makes the answer that would have come;
 * it is not called where that plays no part.
 */
export function deliver(fault: AnswerFault | undefined, charset: Charset, answer: () => Answer): Delivery {
  const whole = (given: Answer): Delivery => ({ way: 'whole', answer: given });
  const say = (status: number, hata: string, headers?: Record<string, string>) => whole(jsonAnswer(charset, status, { hata }, headers));
  switch (fault?.kind) {
    case undefined:
      return whole(answer());
    case 'timeout':
      return { way: 'never' };
    case 'status-500':
      return say(500, 'servis hatası');
    case 'not-authorised-500':
      return say(500, 'yetkisiz');
    case 'code-in-200':
      return whole(jsonAnswer(charset, 200, { sonuc: { kod: fault.code, mesaj: 'servis hatası' } }));
    case 'retry-after':
      return say(fault.status, 'çok fazla istek', { 'retry-after': String(fault.seconds) });
    case 'redirect':
      return say(302, 'taşındı', { location: fault.location });
    case 'huge-body':
      return { way: 'flood', gzip: fault.gzip, body: () => flood(fault.bytes) };
    case 'cut-json': {
      const made = answer();
      return whole({ ...made, body: made.body.subarray(0, Math.floor(made.body.length / 2)) });
    }
    case 'cut-connection':
      return { way: 'broken', answer: answer() };
    case 'slow-drip':
      return { way: 'drip', answer: answer(), bytes: fault.bytes, everyMs: fault.everyMs };
  }
}

const chunk = Buffer.alloc(64 * 1024, ' ');

/** So many bytes of blank space, which JSON allows before a value that here never comes. */
function flood(bytes: number): Readable {
  return Readable.from(
    (function* () {
      for (let left = bytes; left > 0; left -= chunk.length) yield left < chunk.length ? chunk.subarray(0, left) : chunk;
    })(),
  );
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createGzip, gzip } from 'node:zlib';
import type { Delivery } from '../faults/answers';
import type { Answer } from './answer';

/** Carries an answer to its caller. zip: whether the service compresses for those who accept it. */
export function send(req: IncomingMessage, res: ServerResponse, delivery: Delivery, zip: boolean): void {
  switch (delivery.way) {
    case 'never':
      return;
    case 'flood':
      return pour(res, delivery.body(), delivery.gzip);
    default:
      compressed(req, delivery.answer, zip, (answer) => {
        res.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
        if (delivery.way === 'whole') res.end(answer.body);
        else if (delivery.way === 'broken') res.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), () => res.destroy());
        else drip(res, answer.body, delivery.bytes, delivery.everyMs);
      });
  }
}

function compressed(req: IncomingMessage, answer: Answer, zip: boolean, then: (answer: Answer) => void): void {
  if (!zip || !/\bgzip\b/.test(String(req.headers['accept-encoding'] ?? ''))) return then(answer);
  // Level 1: the network is not what this stands in for, and a million records go through here.
  gzip(answer.body, { level: 1 }, (error, body) => {
    if (error) req.destroy(error);
    else then({ ...answer, body, headers: { ...answer.headers, 'content-encoding': 'gzip', vary: 'accept-encoding' } });
  });
}

function drip(res: ServerResponse, body: Buffer, bytes: number, everyMs: number): void {
  let from = 0;
  const timer = setInterval(() => {
    res.write(body.subarray(from, from + bytes));
    from += bytes;
    if (from >= body.length) {
      clearInterval(timer);
      res.end();
    }
  }, everyMs);
  res.once('close', () => clearInterval(timer));
}

function pour(res: ServerResponse, body: Readable, zip: boolean): void {
  res.writeHead(200, { 'content-type': 'application/json', ...(zip && { 'content-encoding': 'gzip' }) });
  // A reader that protects itself hangs up; that is what it is for.
  const ignore = () => {};
  if (zip) pipeline(body, createGzip({ level: 1 }), res, ignore);
  else pipeline(body, res, ignore);
}

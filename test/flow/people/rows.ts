import { Agent, request } from 'node:https';
import type { Answer, Api, Ask } from '../../surfaces/api/support';

export type Row = Record<string, unknown>;

/** Asks with a person's own token. */
export type AskAs = (where: string, options?: Ask) => Promise<Answer>;

export function askAs(api: Api, { token }: { token: string }): AskAs {
  return (where, options = {}) => api.ask(where, { authorization: `Bearer ${token}`, ...options });
}

/** What the header Link leads on to. */
export function nextOf({ headers }: Pick<Answer, 'headers'>): string | undefined {
  return /^<(\/v1\/[^>]+)>; rel="next"$/.exec(String(headers.link ?? ''))?.[1];
}

/** All items of a list, page by page. */
export async function allPages(ask: AskAs, first: string, list: string): Promise<any[]> {
  const items: any[] = [];
  for (let where: string | undefined = first; where; ) {
    const answer: Answer = await ask(where);
    expect({ where, status: answer.status, code: answer.json?.code }).toEqual({ where, status: 200, code: undefined });
    items.push(...answer.json[list]);
    where = nextOf(answer);
  }
  return items;
}

export function ndjson(text: string): Row[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

/** An answer without what is another one each time. */
export function told({ status, headers, json }: Answer): object {
  const { 'request-id': _, date: __, ...rest } = headers;
  const { instance: ___, ...said } = json ?? {};
  return { status, headers: rest, said };
}

export interface KeptAnswer {
  status: number;
  code: string | undefined;
  json: any;
  id: string;
  reused: boolean;
}

export interface Kept {
  /** With a body it posts. `json` is that of an answer that is an object. */
  ask(where: string, more?: Record<string, string>, body?: object): Promise<KeptAnswer>;
  close(): void;
}

/** One connection that stays open between a person's requests, with a client certificate or without. */
export function keptOpen(
  { url, ca }: Pick<Api, 'url' | 'ca'>,
  { token }: { token: string },
  own: { key?: string; cert?: string } = {},
): Kept {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 1, ...own });
  const stated = { authorization: `Bearer ${token}`, 'kopru-purpose': 'child-labour', 'kopru-case': 'T-1' };
  return {
    close: () => agent.destroy(),
    ask: (where, more = {}, body) =>
      new Promise((resolve, reject) => {
        const typed = body ? { 'content-type': 'application/json' } : {};
        const options = { agent, method: body ? 'POST' : 'GET', headers: { ...stated, ...typed, ...more } };
        const req = request(new URL(where, url), options, (answer) => {
          let text = '';
          answer.on('data', (part) => {
            text += part;
          });
          answer.on('end', () => {
            const json = /[/+]json/.test(String(answer.headers['content-type'])) && /^{/.test(text) ? JSON.parse(text) : undefined;
            const code = answer.statusCode === 200 ? undefined : json?.code;
            const id = String(answer.headers['request-id']);
            resolve({ status: answer.statusCode as number, code, json, id, reused: req.reusedSocket });
          });
        });
        req.on('error', reject);
        req.end(body && JSON.stringify(body));
      }),
  };
}

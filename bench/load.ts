import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

/** What a load process is told: it asks for so long over so many connections, and prints how many answers came, and how many were not 200. */
export interface LoadPlan {
  url: string;
  caFile: string;
  headers: Record<string, string>;
  /** What is posted, by turns; nothing is, where there is none. */
  bodies: readonly string[];
  connections: number;
  millis: number;
}

async function load({ url, caFile, headers, bodies, connections, millis }: LoadPlan): Promise<{ answers: number; other: number }> {
  const agent = new Agent({ ca: readFileSync(caFile), keepAlive: true, maxSockets: connections });
  const end = performance.now() + millis;
  let [answers, other, next] = [0, 0, 0];
  const ask = () =>
    new Promise<void>((resolve, reject) => {
      const body = bodies[next++ % bodies.length];
      const posted = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
      const req = request(url, { agent, method: body === undefined ? 'GET' : 'POST', headers: { ...headers, ...posted } }, (answer) => {
        if (answer.statusCode === 200) answers += 1;
        else other += 1;
        answer.resume().on('end', resolve);
      });
      req.on('error', reject);
      req.end(body);
    });
  const line = async () => {
    while (performance.now() < end) await ask();
  };
  await Promise.all(Array.from({ length: connections }, line));
  agent.destroy();
  return { answers, other };
}

process.once('message', (plan: LoadPlan) => {
  void load(plan).then((counted) => process.send?.(counted, () => process.disconnect()));
});

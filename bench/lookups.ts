import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { App } from '../src/app/app';
import { runView } from '../src/operations/runs/runs';

export interface LookupFigures {
  /** Milliseconds of each look-up through API, queue and worker, and of the same question put to the source itself. */
  through: number[];
  direct: number[];
  /** Look-ups that came back without the person. */
  lost: number;
}

export interface LookupPlan {
  /** The run that is under way meanwhile. */
  run: number;
  api: string;
  caFile: string;
  dataset: string;
  token: string;
  ids: readonly string[];
}

/** Puts questions while a run is under way, one after another: by turns through the broker and to the source itself. */
export async function lookupBench(app: App, sourcesFile: string, plan: LookupPlan): Promise<LookupFigures> {
  const agent = new Agent({ ca: readFileSync(plan.caFile), keepAlive: true });
  const source = sourceItself(sourcesFile, plan.dataset);
  const figures: LookupFigures = { through: [], direct: [], lost: 0 };
  for (const id of plan.ids) {
    if (!['queued', 'running'].includes((await runView(app.db, plan.run)).status)) break;
    const [asked, status] = await timed(() =>
      post(agent, `${plan.api}/v1/datasets/${plan.dataset}/lookups`, `Bearer ${plan.token}`, { id }),
    );
    figures.through.push(asked);
    if (status !== 200) figures.lost += 1;
    figures.direct.push((await timed(() => post(agent, source.url, source.authorization, { tcKimlikNo: id })))[0]);
  }
  agent.destroy();
  return figures;
}

/** Where the query service is and how it is asked without the broker. */
function sourceItself(sourcesFile: string, dataset: string): { url: string; authorization: string } {
  const { baseUrl, request: asked, auth } = JSON.parse(readFileSync(sourcesFile, 'utf8')).lookups[dataset];
  const secret = ({ file }: { file: string }) => readFileSync(file, 'utf8').trim();
  const basic = Buffer.from(`${secret(auth.username)}:${secret(auth.password)}`).toString('base64');
  return { url: `${baseUrl}${asked.path}`, authorization: `Basic ${basic}` };
}

async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const begun = process.hrtime.bigint();
  const result = await work();
  return [Number(process.hrtime.bigint() - begun) / 1e6, result];
}

function post(agent: Agent, url: string, authorization: string, body: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const req = request(
      url,
      {
        agent,
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', 'kopru-purpose': 'child-labour', 'kopru-case': 'BENCH-1' },
      },
      (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    req.on('error', reject).end(JSON.stringify(body));
  });
}

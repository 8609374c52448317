import { deliver } from '../faults/answers';
import type { FaultBook } from '../faults/book';
import type { World } from '../state/world';
import { basePaths, paths } from './addresses';
import type { AgentsQuery } from './agentsQuery';
import { send } from './send';
import { bodyText, type Handler } from './server';

/** Serves Ek-1's query. */
export function queryHandler(query: AgentsQuery, world: World, faults: FaultBook): Handler {
  const address = basePaths['agents-query'] + paths['agents-query'];
  return {
    takes: (method, path) => method === 'POST' && path === address,
    async handle(req, res) {
      const body = await bodyText(req);
      const due = faults.due('agents-query');
      for (let i = 0; i < due.days; i += 1) world.nextDay();
      send(
        req,
        res,
        deliver(due.answer, query.charset, () => query.answer(req.headers, body)),
        false,
      );
    },
  };
}

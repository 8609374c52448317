import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { Queue } from 'bullmq';
import type { FastifyInstance } from 'fastify';

type Routes = Parameters<FastifyAdapter['setApiRoutes']>[0];

/** Only what reads is served: the rows in PostgreSQL are the truth, and whoever changed a job here would change nothing but the message. */
class ReadOnlyAdapter extends FastifyAdapter {
  override setApiRoutes(routes: Routes): FastifyAdapter {
    return super.setApiRoutes(routes.filter(({ method }) => [method].flat().every((one) => one === 'get')));
  }
}

/** bull-board's page of the queues, below a path of a server that has asked for the credential. */
export function queueBoard(queues: readonly Queue[]): (app: FastifyInstance, basePath: string) => Promise<void> {
  return async (app, basePath) => {
    const serverAdapter = new ReadOnlyAdapter().setBasePath(basePath);
    createBullBoard({
      // Their buttons go, too.
      queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
      serverAdapter,
      options: { uiConfig: { boardTitle: 'Köprü', hideDocsLink: true } },
    });
    await app.register(serverAdapter.registerPlugin(), { prefix: basePath });
  };
}

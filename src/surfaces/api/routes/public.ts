import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { listText, mediaTypes, type PublicForm, publicForms, publicText } from '../../publicForms';
import { publicPath } from '../base';
import { numberParam } from '../duties/shapes';
import { everyHeader, problems, query, text } from '../schemas';
import type { ApiDeps } from '../server';

interface Kept {
  body: Buffer;
  tag: string;
  type: string;
}

/**
 * What is published, for everybody: no login, no purpose. Answers are kept as bytes, and each request first learns whether anything
 * was published or withdrawn since: so none is served from what was kept before a withdrawal.
 */
export function publicRoutes(app: FastifyInstance, { shelf }: ApiDeps): void {
  const common = { tags: ['public'], security: [] };
  let kept = { generation: -1, answers: new Map<string, Promise<Kept>>() };

  const answered = async (request: FastifyRequest, reply: FastifyReply, key: string, type: string, make: () => Promise<string>) => {
    const generation = await shelf.generation();
    if (generation > kept.generation) kept = { generation, answers: new Map() };
    // What is made now belongs to this generation, even if the next one begins meanwhile.
    const { answers } = kept;
    const answer = answers.get(key) ?? make().then((made) => keep(made, type));
    answers.set(key, answer);
    // What there is not is asked for anew.
    const { body, tag } = await answer.catch((error) => {
      answers.delete(key);
      throw error;
    });
    // Others may keep it, and ask each time whether it still stands.
    void reply.headers({ 'Cache-Control': 'public, no-cache', ETag: tag, 'Access-Control-Allow-Origin': '*' });
    if (isKept(request.headers['if-none-match'], tag)) return reply.code(304).send();
    return reply.type(type).send(body);
  };

  const tagHeader = { ETag: { ...text, description: 'for If-None-Match' } };
  const readable = (types: readonly string[]) => ({
    200: {
      description: 'what is published',
      headers: { ...everyHeader, ...tagHeader },
      content: Object.fromEntries(types.map((type) => [type, { schema: text }])),
    },
    304: { description: 'you have it already', headers: { ...everyHeader, ...tagHeader }, type: 'null' },
  });

  app.get(
    `${publicPath}v1/publications`,
    {
      exposeHeadRoute: true,
      schema: {
        ...common,
        operationId: 'publicPublications',
        summary: 'What is published, newest first',
        description: 'For everybody. Each names its sources and by which articles their owners approved it.',
        querystring: query({}),
        response: { ...readable(['application/json']), ...problems(400, 500, 503) },
      },
    },
    (request, reply) => answered(request, reply, 'list', mediaTypes.json, async () => listText(await shelf.list())),
  );

  app.get<{ Params: { number: string }; Querystring: { format: PublicForm } }>(
    `${publicPath}v1/publications/:number`,
    {
      exposeHeadRoute: true,
      schema: {
        ...common,
        operationId: 'publicPublication',
        summary: 'A published table as JSON, CSV or SDMX-CSV',
        description: 'A hidden count is null in JSON and empty in CSV. What was withdrawn answers 410.',
        params: numberParam('number', 'the publication’s number'),
        querystring: query({
          format: {
            ...text,
            enum: [...publicForms],
            default: 'json',
            description: 'CSV for spreadsheets, SDMX-CSV 2.0 for statisticians’ programs',
          },
        }),
        response: {
          ...readable(['application/json', 'text/csv', 'application/vnd.sdmx.data+csv']),
          ...problems(400, 404, 409, 410, 500, 503),
        },
      },
    },
    (request, reply) => {
      const {
        params: { number },
        query: { format },
      } = request;
      const make = async () => publicText(await shelf.one(Number(number)), format);
      return answered(request, reply, `${number} ${format}`, mediaTypes[format], make);
    },
  );
}

/** RFC 9110, 13.1.2: the tags that the reader has; * stands for any. */
function isKept(header: string | undefined, tag: string): boolean {
  const tags = header?.split(',').map((one) => one.trim().replace(/^W\//, '')) ?? [];
  return tags.includes(tag) || tags.includes('*');
}

function keep(made: string, type: string): Kept {
  const body = Buffer.from(made);
  return { body, type, tag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"` };
}

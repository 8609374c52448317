import type { FastifyInstance } from 'fastify';
import { explainAccess, explained } from '../../../operations/people/grants';
import { answer, object, problems, query, statedHeaders, text } from '../schemas';
import type { ApiDeps } from '../server';
import { refuseOddCase } from '../stated';

interface Asked {
  action: (typeof explained)[number];
  dataset: string;
  fields?: string[];
  mode?: 'instant' | 'periodic' | 'yearly';
  purpose?: string;
  case?: string;
}

/** Why a request of one’s own would be allowed or refused; of others’ only operators ask (kopru access explain). */
export function explainRoute(app: FastifyInstance, { door, broker, agreement }: ApiDeps): void {
  const [[id, { fields }]] = Object.entries(agreement.datasets) as [[string, (typeof agreement.datasets)[string]]];
  const { 'kopru-purpose': purpose, 'kopru-case': of } = statedHeaders(agreement).properties;
  const names = { type: 'array', items: { ...text, maxLength: 100 }, maxItems: 100, examples: [Object.keys(fields).slice(0, 2)] };
  const explanation = answer(
    'what would be decided',
    {
      allow: { type: 'boolean' },
      grant: { ...text, description: 'by which grant it would be allowed, or owner' },
      article: text,
      fields: { ...names, description: 'which fields it would show' },
      scope: {
        ...object({ field: { ...text, examples: ['province'] }, province: { ...text, examples: ['01'] } }),
        description: 'only rows of this province; absent: all',
      },
      rules: {
        type: 'array',
        items: { ...text, examples: Object.keys(agreement.rules).slice(0, 1) },
        description: 'of a derived dataset: whose findings it would show',
      },
      code: { ...text, description: 'with which code it would be refused', examples: ['grant-closed'] },
      message: { ...text, examples: ['No open grant lets this party read this dataset.'] },
      hint: { ...text, examples: ['See kopru agreement show for what is open to whom.'] },
    },
    ['grant', 'article', 'fields', 'scope', 'rules', 'code', 'message', 'hint'],
  );

  app.post<{ Body: Asked }>(
    '/access/explain',
    {
      schema: {
        operationId: 'explainAccess',
        tags: ['access'],
        summary: 'Why a request of yours would be allowed or refused',
        description:
          'As things stand now, from where you ask; quotas are not asked. Nothing is read or counted; the question is logged. A refusal says what the request itself would be told, no more. Purpose and case stand in the body here.',
        querystring: query({}),
        body: object(
          {
            action: { ...text, enum: explained, description: 'what you set out to do' },
            dataset: { ...text, minLength: 1, maxLength: 100, examples: [id] },
            fields: { ...names, minItems: 1, description: 'fields that you would ask for; all that are open if left out' },
            mode: { ...text, enum: ['instant', 'periodic', 'yearly'] },
            purpose,
            case: of,
          },
          ['fields', 'mode', 'purpose', 'case'],
        ),
        response: { 200: explanation, ...problems(400, 401, 403, 413, 415, 500, 503) },
      },
    },
    async ({ asker, body }) => {
      refuseOddCase(body.case);
      const { purpose: _, case: __, ...known } = asker;
      const stated = {
        ...(body.purpose === undefined ? {} : { purpose: body.purpose }),
        ...(body.case === undefined ? {} : { case: body.case }),
      };
      await door.admit({ ...known, ...stated }, 'datasets', { as: 'explain', dataset: body.dataset });
      const { address, certificate, who } = asker;
      const { action, dataset, fields, mode } = body;
      const wish = { action, dataset, ...(fields ? { fields } : {}), ...(mode ? { mode } : {}), ...stated, address, certificate };
      const decision = await explainAccess(broker, { person: who.person.id, ...wish });
      if (decision.allow) return decision;
      const { allow, code, message, hint } = decision;
      return { allow, code, message, hint };
    },
  );
}

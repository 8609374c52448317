import type { Agreement } from '../../../disclosure/door';
import { exampleProblem, exampleUuid } from './problems';
import { exampleWords } from './words';

interface Schema {
  $ref?: string;
  type?: string | readonly string[];
  format?: string;
  enum?: readonly unknown[];
  default?: unknown;
  example?: unknown;
  examples?: readonly unknown[];
  minimum?: number;
  anyOf?: readonly Schema[];
  items?: Schema;
  properties?: Readonly<Record<string, Schema>>;
}
interface Exampled {
  schema?: Schema;
  example?: unknown;
  examples?: unknown;
}
interface Operation {
  parameters?: (Exampled & { name: string; in: string; required?: boolean })[];
  requestBody?: { content: Record<string, Exampled> };
  responses: Record<string, { content?: Record<string, Exampled> }>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** Gives every parameter, body and answer of an OpenAPI document that has no example one, made of its schema. */
export function addExamples(document: Document, agreement: Agreement): void {
  const { recordSchema, parameters, members } = exampleWords(agreement);
  const of = { members, schemas: document.components.schemas };
  for (const operation of Object.values(document.paths).flatMap((methods) => Object.values(methods))) {
    for (const parameter of operation.parameters ?? []) {
      give(parameter, (schema) => exampleOf(schema, { ...of, members: parameters }, parameter.name));
      if (parameter.in === 'query' && !parameter.required) intoSchema(parameter);
    }
    for (const media of Object.values(operation.requestBody?.content ?? {})) give(media, (schema) => exampleOf(schema, of));
    for (const [status, { content = {} }] of Object.entries(operation.responses)) {
      give(content['application/json'], (schema) => exampleOf(schema, of));
      give(content['application/problem+json'], () => exampleProblem(status));
      give(content['text/plain'], () => '# Veri ihlali bildirimi\n');
      give(content['application/x-ndjson'], () => `${JSON.stringify(exampleOf(of.schemas[recordSchema] ?? {}, of))}\n`);
    }
  }
}

function give(to: Exampled | undefined, example: (schema: Schema) => unknown): void {
  if (to?.schema && to.example === undefined && to.examples === undefined) to.example = example(to.schema);
}

/** The readable page sends a parameter's own example unless it is taken out by hand; its schema's it only shows. */
function intoSchema(parameter: Exampled): void {
  if (parameter.example === undefined) return;
  parameter.schema = { ...parameter.schema, examples: [parameter.example] };
  delete parameter.example;
}

interface Known {
  members: Readonly<Record<string, unknown>>;
  schemas: Readonly<Record<string, Schema>>;
}

/** A value of a schema: its own example, what is known of a member of this name, or what its type says. */
function exampleOf(schema: Schema, of: Known, name?: string): unknown {
  const [own] = [...(schema.examples ?? []), schema.example, schema.default, ...(schema.enum ?? [])].filter((one) => one !== undefined);
  if (own !== undefined) return own;
  if (name !== undefined && Object.hasOwn(of.members, name)) return of.members[name];
  if (schema.$ref) return exampleOf(of.schemas[schema.$ref.split('/').at(-1) as string] ?? {}, of);
  if (schema.anyOf) return exampleOf(schema.anyOf[0] ?? {}, of);
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.find((one) => one !== 'null');
  switch (type) {
    case 'object':
      return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([member, value]) => [member, exampleOf(value, of, member)]));
    case 'array':
      return [exampleOf(schema.items ?? {}, of)];
    case 'integer':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    case 'string':
      return textOf(schema.format);
    default:
      return null;
  }
}

function textOf(format: string | undefined): string {
  if (format === 'date-time') return '2026-03-01T21:00:00.000Z';
  if (format === 'date') return '2026-03-01';
  return format === 'uuid' ? exampleUuid : 'örnek';
}

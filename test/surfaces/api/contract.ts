import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { Answer, Api } from './support';

type Json = any;

export interface Contract {
  document: Json;
  /** Fails unless the answer is one that the description promises for this operation. */
  expectPromised(operationId: string, answer: Answer): void;
  /** What is wrong with a value by the schema that stands at this place of the document. */
  errorsOf(value: unknown, place: readonly (string | number)[]): unknown[];
}

/** The served OpenAPI document, to hold answers against. */
export async function contractOf(api: Api): Promise<Contract> {
  const document = (await api.ask('/openapi.json')).json;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv as never);
  ajv.addSchema({ $id: 'https://test/openapi', ...document });
  const errorsOf: Contract['errorsOf'] = (value, place) => {
    const pointer = place.map((part) => encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
    const validate = ajv.getSchema(`https://test/openapi#/${pointer}`);
    if (!validate) throw new Error(`no schema at ${pointer}`);
    validate(value);
    return validate.errors ?? [];
  };
  return {
    document,
    errorsOf,
    expectPromised: (operationId, answer) => {
      const found = operations(document).find((o) => o.operation.operationId === operationId);
      const promised = found?.operation.responses[answer.status];
      expect(promised).toBeDefined();
      if (answer.status === 304) return expect([promised.content, answer.text]).toEqual([undefined, '']);
      const type = String(answer.headers['content-type']).split(';')[0] as string;
      expect(Object.keys(promised.content)).toContain(type);
      if (promised.content[type].schema.type === 'string') return;
      const place = ['paths', found?.path as string, found?.method as string, 'responses', answer.status, 'content', type, 'schema'];
      expect(errorsOf(answer.json, place)).toEqual([]);
    },
  };
}

export function operations(document: Json): { path: string; method: string; operation: Json }[] {
  return Object.entries(document.paths as Json).flatMap(([path, methods]) =>
    Object.entries(methods as Json).map(([method, operation]) => ({ path, method, operation })),
  );
}

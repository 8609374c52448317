import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { Answer, Api } from './support';

type Json = any;

export interface Contract {
  document: Json;
  /** Fails unless the answer is one that the description promises for this operation. */
  expectPromised(operationId: string, answer: Answer): void;
}

/** The served OpenAPI document, to hold answers against. */
export async function contractOf(api: Api): Promise<Contract> {
  const document = (await api.ask('/openapi.json')).json;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv as never);
  ajv.addSchema({ $id: 'https://test/openapi', ...document });
  return {
    document,
    expectPromised: (operationId, answer) => {
      const found = operations(document).find((o) => o.operation.operationId === operationId);
      const promised = found?.operation.responses[answer.status];
      expect(promised).toBeDefined();
      const type = String(answer.headers['content-type']).split(';')[0] as string;
      expect(Object.keys(promised.content)).toEqual([type]);
      if (type === 'application/x-ndjson') return;
      const place = ['paths', found?.path, found?.method, 'responses', String(answer.status), 'content', type, 'schema'];
      const pointer = place.map((part) => encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
      const validate = ajv.getSchema(`https://test/openapi#/${pointer}`);
      if (!validate) throw new Error(`no schema at ${pointer}`);
      validate(answer.json);
      expect(validate.errors ?? []).toEqual([]);
    },
  };
}

export function operations(document: Json): { path: string; method: string; operation: Json }[] {
  return Object.entries(document.paths as Json).flatMap(([path, methods]) =>
    Object.entries(methods as Json).map(([method, operation]) => ({ path, method, operation })),
  );
}

import { roles } from '../../../src/access/people/person';
import { type TestBroker, testBroker } from '../../support/broker';
import { somebody } from '../../support/people';
import { type Contract, contractOf, operations } from './contract';
import { type Api, expectProblem, servedApi } from './support';

type Json = any;

/** Each example that a parameter or a body has: one, several by name, or those of its schema. */
const examplesOf = (of: Json): unknown[] =>
  of.example === undefined
    ? [...Object.values<Json>(of.examples ?? {}).map((example) => example.value), ...(of.schema.examples ?? [])]
    : [of.example];

/** Places of the document that should have an example, with what stands there. */
function* places(document: Json): Generator<{ place: (string | number)[]; of: Json }> {
  for (const { path, method, operation } of operations(document)) {
    const at = ['paths', path, method];
    for (const [i, of] of (operation.parameters ?? []).entries()) yield { place: [...at, 'parameters', i], of };
    for (const [type, of] of Object.entries(operation.requestBody?.content ?? {}))
      yield { place: [...at, 'requestBody', 'content', type], of };
    for (const [status, { content = {} }] of Object.entries<Json>(operation.responses))
      for (const [type, of] of Object.entries(content))
        if (/json$|^text\/plain$/.test(type)) yield { place: [...at, 'responses', status, 'content', type], of };
  }
}

/** What has no example, or one that its own schema does not let through. */
function mistakes({ document, errorsOf }: Contract): string[] {
  return [...places(document)].flatMap(({ place, of }) => {
    const examples = examplesOf(of);
    if (examples.length === 0) return [`${place.join(' ')}: no example`];
    return examples.flatMap((example) =>
      errorsOf(example, [...place, 'schema']).map((error) => `${place.join(' ')}: ${JSON.stringify(error)}`),
    );
  });
}

describe('examples', () => {
  let broker: TestBroker;
  let api: Api;
  let contract: Contract;

  beforeAll(async () => {
    broker = await testBroker({ agents: 10, workers: 10, children: 10 });
    expect((await broker.run('iskur.agents')).status).toBe('succeeded');
    api = await servedApi(broker);
    contract = await contractOf(api);
  });
  afterAll(() => broker.close());

  test('every operation, parameter, body and answer has one, and it fits its schema', () => {
    expect(mistakes(contract)).toEqual([]);
    const found = [...places(contract.document)].map(({ place }) => place);
    expect(found.length).toBeGreaterThan(150);
    for (const { path, method, operation } of operations(contract.document))
      for (const status of Object.keys(operation.responses).filter((one) => one !== '304'))
        expect(found.some((place) => [path, method, 'responses', status].every((part) => place.includes(part)))).toBe(true);
  });

  test('one that is missing or does not fit is seen', () => {
    const document = structuredClone(contract.document);
    const { get } = document.paths['/v1/datasets/{dataset}/records'];
    delete get.parameters[0].schema.examples;
    get.responses[200].content['application/json'].example.records[0] = { surname: 'x' };
    delete get.responses[403].content['application/problem+json'].example;
    const at = 'paths /v1/datasets/{dataset}/records get';
    const told = mistakes({ ...contract, document }).map((mistake) => mistake.replace(/: \{".*$/, ': does not fit'));
    expect([...new Set(told)]).toEqual([
      `${at} parameters 0: no example`,
      `${at} responses 200 content application/json: does not fit`,
      `${at} responses 403 content application/problem+json: no example`,
    ]);
  });

  test('they say what the agreement says, and hold no one’s number', () => {
    const { agreement } = broker.app;
    const of = (path: string, method: string) =>
      contract.document.paths[`/v1${path}`][method].responses[200].content['application/json'].example;
    const [dataset] = Object.keys(agreement.datasets) as [string];
    expect(of('/datasets/{dataset}/records', 'get')).toMatchObject({
      provenance: {
        dataset,
        agreement: { id: agreement.id },
        notice: agreement.notice,
        publicationConsent: [{ dataset, state: 'closed' }],
      },
      records: [{ nationalId: '11111111110', fullName: 'Örnek Ad Soyad', status: 'AKTİF' }],
    });
    expect(of('/findings', 'get').findings[0]).toMatchObject({ rule: Object.keys(agreement.rules)[0], subject: '11111111110' });
    expect(contract.document.paths['/v1/datasets/{dataset}/record'].post.requestBody.content['application/json'].example).toEqual({
      id: '11111111110',
    });
    const text = JSON.stringify(contract.document);
    expect(new Set(text.match(/\d{10,}/g))).toEqual(new Set(['11111111110']));
    const ndjson = contract.document.paths['/v1/datasets/{dataset}/export'].get.responses[200].content['application/x-ndjson'].example;
    expect(JSON.parse(ndjson)).toEqual(of('/datasets/{dataset}/records', 'get').records[0]);
  });

  test('a parameter’s example is one that the server takes', async () => {
    const everything = await somebody(broker.app.broker, 'cgm', { roles });
    for (const { path, operation } of operations(contract.document).filter(
      ({ path, method }) => method === 'get' && path.startsWith('/v1/'),
    )) {
      for (const parameter of operation.parameters ?? []) {
        // A cursor and a look-up belong to a reading of their own.
        if (['after', 'lookup'].includes(parameter.name)) continue;
        const [example] = examplesOf(parameter);
        const where = path
          .replace('{dataset}', 'iskur.agents')
          .replace('{lookup}', '6f1c2d3e-4b5a-4c6d-8e7f-9a0b1c2d3e4f')
          .replace('{which}', 'owner')
          .replace(/\{\w+\}/, '7');
        const query = new URLSearchParams({
          ...(path.endsWith('/changes') ? { from: '1' } : {}),
          ...(parameter.name === 'separator' ? { format: 'csv' } : {}),
          ...(parameter.in === 'query' ? { [parameter.name]: String(example) } : {}),
        });
        const headers = parameter.in === 'header' ? { [parameter.name]: String(example) } : {};
        const answer = await api.ask(`${where}?${query}`, { authorization: `Bearer ${everything.token}`, headers });
        const known = answer.status === 200 || answer.json.code === 'not-found';
        // A filter by a field of another dataset is taken, and refused for this one.
        const foreign = /cannot be chosen by/.test(answer.json?.detail ?? '');
        expect({ path, parameter: parameter.name, told: known || foreign || answer.text }).toMatchObject({ told: true });
      }
    }
    expectProblem(await api.ask('/v1/datasets/iskur.agents/records?status=', { as: 'cgm' }), 400, 'request-invalid');
  });
});

import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { errorCatalogue } from '../../../src/core/errors';
import { isDummyId } from '../../../src/core/nationalId';
import { type TestBroker, testBroker } from '../../support/broker';
import { operations } from './contract';
import { type Api, servedApi } from './support';

type Json = any;

describe('the description and the page', () => {
  let broker: TestBroker;
  let api: Api;
  let document: Json;

  beforeAll(async () => {
    broker = await testBroker({ agents: 10, workers: 10, children: 10, work: false });
    api = await servedApi(broker);
    document = (await api.ask('/openapi.json')).json;
  });
  afterAll(() => broker.close());

  /** Each object in the document. */
  function* objects(value: Json): Generator<Record<string, Json>> {
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value)) yield value;
    // Examples are values, no parts of the description; examples.test.ts holds them against their schemas.
    for (const [name, part] of Object.entries(value)) if (!/^examples?$/.test(name)) yield* objects(part);
  }

  test('these are the operations; their ids stay', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(
      operations(document)
        .map(({ method, path, operation }) => `${operation.operationId}: ${method} ${path}`)
        .sort(),
    ).toEqual([
      'answerSubjectRequest: post /v1/subject-requests/{number}/answer',
      'approvePublication: post /v1/publications/{number}/approval',
      'askConsent: post /v1/consents',
      'countFindings: get /v1/findings/summary',
      'decideConsent: post /v1/consents/{number}/decision',
      'declinePublication: post /v1/publications/{number}/refusal',
      'explainAccess: post /v1/access/explain',
      'exportSnapshot: get /v1/datasets/{dataset}/export',
      'findRecord: post /v1/datasets/{dataset}/record',
      'findUsage: post /v1/subject-requests/{number}/usage',
      'healthLive: get /health/live',
      'healthReady: get /health/ready',
      'importPersonnel: post /v1/personnel/lists',
      'incidentNotice: get /v1/incidents/{incident}/notices/{which}',
      'issueToken: post /v1/personnel/{person}/tokens',
      'liftQuota: delete /v1/quotas/{dataset}/{party}',
      'listAddresses: get /v1/addresses',
      'listAudit: get /v1/audit',
      'listCertificates: get /v1/certificates',
      'listConsents: get /v1/consents',
      'listDatasets: get /v1/datasets',
      'listFindings: get /v1/findings',
      'listGiven: get /v1/registers/given',
      'listIncidents: get /v1/incidents',
      'listPersonnel: get /v1/personnel',
      'listPublications: get /v1/publications',
      'listQuotas: get /v1/quotas',
      'listReleases: get /v1/registers/releases',
      'listRuns: get /v1/runs',
      'listSnapshots: get /v1/datasets/{dataset}/snapshots',
      'listStatistics: get /v1/statistics',
      'listSubjectRequests: get /v1/subject-requests',
      'listTokens: get /v1/tokens',
      'listUndertakings: get /v1/undertakings',
      'lookUp: post /v1/datasets/{dataset}/lookups',
      'lookUpAgain: get /v1/lookups/{lookup}',
      'openIncident: post /v1/incidents',
      'openSubjectRequest: post /v1/subject-requests',
      'proposePublication: post /v1/publications',
      'publicPublication: get /public/v1/publications/{number}',
      'publicPublications: get /public/v1/publications',
      'publishPublication: post /v1/publications/{number}/release',
      'readChanges: get /v1/datasets/{dataset}/changes',
      'readRecords: get /v1/datasets/{dataset}/records',
      'readStatistic: get /v1/statistics/{statistic}',
      'recordAcceptance: post /v1/personnel/{person}/acceptance',
      'recordGiven: post /v1/registers/given',
      'recordIncidentEvent: post /v1/incidents/{incident}/events',
      'recordRelease: post /v1/registers/releases',
      'recordTraining: post /v1/personnel/{person}/training',
      'removePerson: post /v1/personnel/{person}/removal',
      'revokeCertificate: post /v1/certificates/{certificate}/revocation',
      'revokeGiven: post /v1/registers/given/{entry}/revocation',
      'revokeRelease: post /v1/registers/releases/{entry}/revocation',
      'revokeToken: post /v1/tokens/{number}/revocation',
      'searchAudit: post /v1/audit/subject',
      'searchGiven: post /v1/registers/given/search',
      'setQuota: put /v1/quotas/{dataset}/{party}',
      'showIncident: get /v1/incidents/{incident}',
      'showPerson: get /v1/personnel/{person}',
      'showPublication: get /v1/publications/{number}',
      'signOut: delete /v1/sign-in',
      'verifyAudit: get /v1/audit/verification',
      'withdrawConsent: post /v1/consents/{number}/withdrawal',
      'withdrawPublication: post /v1/publications/{number}/withdrawal',
    ]);
  });

  test('each operation has a summary, a known tag, its parameters, and its refusals as problem documents', () => {
    const tags = document.tags.map((t: Json) => t.name);
    for (const { path, operation } of operations(document)) {
      expect(operation.summary).toMatch(/\S+ \S+/);
      expect(tags).toEqual(expect.arrayContaining(operation.tags));
      const named = (operation.parameters ?? []).map((p: Json) => `${p.in} ${p.name}`);
      expect(new Set(named).size).toBe(named.length);
      for (const [, name] of path.matchAll(/\{(\w+)\}/g)) expect(named).toContain(`path ${name}`);
      for (const parameter of operation.parameters ?? []) {
        expect(parameter.schema.type).toBeDefined();
        expect(parameter.description).toMatch(/\S+/);
      }
      const { 200: found, 202: _pending, 304: _known, ...refusals } = operation.responses;
      expect(found.description).toMatch(/\S/);
      expect(Object.keys(found.content)).toHaveLength(
        ({ exportSnapshot: 2, publicPublication: 3 } as Record<string, number>)[operation.operationId] ?? 1,
      );
      expect(Object.keys(refusals)).toEqual(expect.arrayContaining(path.startsWith('/v1/') ? ['400', '401', '500', '503'] : ['500']));
      for (const refusal of Object.values<Json>(refusals)) {
        expect(refusal.description).toMatch(/\S/);
        expect(Object.keys(refusal.content)).toEqual(['application/problem+json']);
        expect(refusal.content['application/problem+json'].schema).toEqual({ $ref: '#/components/schemas/Problem' });
      }
    }
  });

  test('a token is needed everywhere but for health, and where one signs in', () => {
    expect(document.components.securitySchemes).toEqual({ token: expect.objectContaining({ type: 'http', scheme: 'bearer' }) });
    expect(document.security).toEqual([{ token: [] }]);
    const open = ['healthLive', 'healthReady', 'publicPublication', 'publicPublications'];
    for (const { operation } of operations(document))
      expect([operation.operationId, operation.security]).toEqual([
        operation.operationId,
        open.includes(operation.operationId) ? [] : undefined,
      ]);
  });

  test('each dataset’s record has each field with its Turkish label and article', () => {
    for (const [id, dataset] of Object.entries(broker.app.agreement.datasets)) {
      const schema = document.components.schemas[`Record.${id}`];
      expect(schema.title).toBe(dataset.label);
      const said = Object.entries<Json>(schema.properties).map(([name, p]) => [name, p.title, p.description]);
      expect(said).toEqual(Object.entries(dataset.fields).map(([name, f]) => [name, f.label, `${f.label} (${f.article})`]));
    }
    for (const [id, { label, article }] of Object.entries(broker.app.agreement.purposes))
      expect(document.info.description).toContain(`\`${id}\` (${label}, ${article})`);
  });

  test('the codes of problems are the catalogue’s', () => {
    expect(document.components.schemas.Problem.properties.code.enum).toEqual(Object.keys(errorCatalogue));
  });

  test('all schemas are JSON Schema 2020-12, all references lead somewhere, and examples fit', () => {
    const ajv = new Ajv2020({ strict: false });
    addFormats(ajv as never);
    ajv.addSchema({ $id: 'https://test/openapi', ...document });
    let [schemas, examples] = [0, 0];
    for (const found of objects(document)) {
      if (typeof found.$ref === 'string') {
        const target = found.$ref
          .slice(2)
          .split('/')
          .reduce((at: Json, part) => at?.[part], document);
        expect({ ref: found.$ref, found: typeof target }).toEqual({ ref: found.$ref, found: 'object' });
      }
      const isSchema = (Array.isArray(found.type) || typeof found.type === 'string') && !found.scheme;
      const schema = found.schema ?? (isSchema ? found : undefined);
      if (!schema) continue;
      expect({ schema, errors: ajv.validateSchema(schema) ? [] : ajv.errors }).toEqual({ schema, errors: [] });
      schemas += 1;
      for (const example of (isSchema && found.examples) || []) {
        expect({ example, fits: ajv.validate({ ...schema, $id: undefined }, example) }).toEqual({ example, fits: true });
        examples += 1;
      }
    }
    expect(schemas).toBeGreaterThan(50);
    expect(examples).toBeGreaterThan(10);
  });

  test('no example carries a number that could be a person’s, and nothing points outside', () => {
    const text = JSON.stringify(document);
    const numbers = text.match(/\d{10,}/g) ?? [];
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers.filter((n) => !isDummyId(n))).toEqual([]);
    expect(text).not.toMatch(/https?:\/\//);
    expect(document.servers.map((server: { url: string }) => server.url)).toEqual(['/']);
  });

  test('every text, list and whole number has bounds, and every answer says how much is left', () => {
    const unbounded: string[] = [];
    const walk = (part: any, where: string) => {
      if (typeof part !== 'object' || part === null) return;
      const types = [part.type].flat();
      const open = part.enum === undefined && part.const === undefined;
      if (open && types.includes('string') && part.maxLength === undefined) unbounded.push(where);
      if (open && types.includes('integer') && (part.minimum === undefined || part.maximum === undefined)) unbounded.push(where);
      if (types.includes('array') && part.maxItems === undefined) unbounded.push(where);
      for (const [name, inner] of Object.entries(part)) if (!/^examples?$/.test(name)) walk(inner, `${where}/${name}`);
    };
    walk(document.paths, 'paths');
    walk(document.components.schemas, 'schemas');
    expect(unbounded).toEqual([]);
    const operations = Object.values(document.paths as Record<string, any>).flatMap((methods) => Object.values(methods) as any[]);
    for (const { operationId, responses } of operations)
      for (const [status, { headers }] of Object.entries(responses as Record<string, any>))
        expect([operationId, status, Object.keys(headers)]).toEqual([
          operationId,
          status,
          expect.arrayContaining(['Request-Id', 'RateLimit']),
        ]);
  });

  test('the page and all that it loads come from the server itself, and its policy lets nothing else in', async () => {
    const page = await api.ask('/docs');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.text).toContain('<title>Köprü API</title>');
    expect(page.text).not.toMatch(/https?:|\/\/[a-z]/i);
    const loaded = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((m) => m[1] as string);
    expect(loaded.length).toBeGreaterThanOrEqual(5);
    for (const where of loaded) {
      expect(where).toMatch(/^\/docs\//);
      expect((await api.ask(where)).status).toBe(200);
    }
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(policy).not.toMatch(/http|\*|unsafe-eval|\.[a-z]{2,}/);
    const start = (await api.ask('/docs/static/swagger-initializer.js')).text;
    expect(start).toContain("url: resolveUrl('./json')");
    expect(start).toMatch(/"?validatorUrl"?: ?null/);
    expect(start).not.toMatch(/validator\.swagger|https?:\/\/(?!stackoverflow)/);
    expect((await api.ask('/docs/json')).json).toEqual(document);
  });
});

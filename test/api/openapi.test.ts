import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openApiDocument } from '../../functions/api/openapi.ts';
import { routeTable } from '../../functions/api/route-table.ts';
import { kinds } from '../../functions/kinds/registry.ts';
import { fakeKinds } from './support/fake-kinds.ts';
import { startTestApi, type TestApi } from './support/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

/** The parts of OpenAPI 3.1 that are used, strictly. */
const jsonSchema = z.record(z.string(), z.unknown());
const content = z.strictObject({ 'application/json': z.strictObject({ schema: jsonSchema }) });
const parameter = z.strictObject({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean(),
  description: z.string().optional(),
  schema: jsonSchema,
});
const answer = z.union([
  z.strictObject({ $ref: z.string() }),
  z.strictObject({ description: z.string().min(1), content: content.optional() }),
]);
const operation = z.strictObject({
  operationId: z.string().regex(/^[a-z][A-Za-z0-9]+$/),
  summary: z.string().min(1),
  description: z.string().optional(),
  security: z.array(jsonSchema).optional(),
  parameters: z.array(parameter).optional(),
  requestBody: z.strictObject({ required: z.boolean(), content }).optional(),
  responses: z.record(z.string().regex(/^([1-5]\d\d|default)$/), answer),
});
const openApi = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(z.enum(['get', 'put', 'post', 'patch', 'delete']), operation),
  ),
  components: z.strictObject({
    securitySchemes: z.record(z.string(), jsonSchema),
    schemas: z.record(z.string(), jsonSchema),
    responses: z.record(z.string(), answer),
  }),
  'x-kinds': z.array(jsonSchema),
});

const read = async () =>
  openApi.parse((await api.as('nobody', 'nobody')('GET', '/api/openapi.json', { claims: null })).body);

describe('the OpenAPI document', () => {
  it('is served to everybody', async () => {
    const { status, headers } = await api.as('nobody', 'nobody')('GET', '/api/openapi.json', { claims: null });
    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  });

  it('is well-formed, with an operation id for each operation', async () => {
    const { paths } = await read();
    const ids = Object.values(paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('covers every route, and nothing else but itself', async () => {
    const { paths } = await read();
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = routeTable(fakeKinds).map(({ method, path }) => `${method} ${path}`);
    expect(documented.sort()).toEqual([...routes, 'GET /api/openapi.json'].sort());
  });

  it('declares the parameters of every path', async () => {
    for (const [path, methods] of Object.entries((await read()).paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters = [] } of Object.values(methods)) {
        expect(parameters.filter((own) => own.in === 'path').map(({ name }) => name)).toEqual(named);
      }
    }
  });

  it('refers only to what is in it', async () => {
    const document = await read();
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path);
    expect(references.length).toBeGreaterThan(0);
    for (const path of new Set(references)) {
      const target = path
        .split('/')
        .reduce<unknown>((part, name) => (part as Record<string, unknown>)?.[name], document);
      expect(target, path).toBeDefined();
    }
  });

  it('says what a request must look like, as the parser has it', async () => {
    const create = (await read()).paths['/api/integrations']?.post;
    const schema = create?.requestBody?.content['application/json'].schema;
    expect(schema).toMatchObject({
      type: 'object',
      required: ['name', 'kind', 'provider'],
      additionalProperties: false,
      properties: { kind: { enum: ['carrier', 'vehicle', 'source', 'receipts'] } },
    });
    expect(create?.parameters).toMatchObject([{ name: 'Idempotency-Key', in: 'header' }]);
  });

  it('tells a form which kinds, providers and credentials there are', async () => {
    expect((await read())['x-kinds']).toMatchObject([
      {
        kind: 'carrier',
        defaultSyncInterval: 3600,
        providers: [
          {
            provider: 'hosted',
            credentials: [
              { name: 'apiKey', title: 'API key' },
              { name: 'apiSecret', optional: true },
            ],
          },
          { provider: 'own', defaultBaseUrl: null, accountId: { required: true } },
        ],
      },
      { kind: 'receipts' },
    ]);
  });

  it('can be made of the kinds that are deployed', () => {
    const document = openApi.parse(JSON.parse(JSON.stringify(openApiDocument(routeTable(kinds), kinds))));
    expect(Object.keys(document.paths).length).toBeGreaterThan(10);
    const receipt = document.paths['/v1/kkt/receipt']?.post;
    expect(receipt?.parameters?.map(({ name }) => name)).toEqual(['integrationId', 'Idempotency-Key']);
    const claim = document.paths['/api/integrations/{id}/claim-sim']?.post;
    expect(claim?.parameters?.map(({ name }) => name)).toEqual(['id', 'Idempotency-Key']);
  });
});

import * as z from 'zod';
import type { Kind } from '../kinds/kind.ts';
import { KIND_NAMES, type KindName } from '../model/kind-name.ts';
import type { ApiRoute } from './api-route.ts';

export const OPENAPI_PATH = '/api/openapi.json';

type JsonSchema = Readonly<Record<string, unknown>>;

/** OpenAPI 3.1 of every route, made of the very schemas that parse the requests. */
export function openApiDocument(
  routes: readonly ApiRoute[],
  kinds: Partial<Record<KindName, Kind>>,
): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  paths[OPENAPI_PATH] = {
    get: {
      operationId: 'getApiOpenapiJson',
      summary: 'This document.',
      security: [],
      responses: { 200: { description: 'OpenAPI 3.1', content: jsonContent({ type: 'object' }) } },
    },
  };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Driftless',
      version: '1',
      description:
        'Times are ISO 8601 UTC with milliseconds, durations whole seconds unless their name says otherwise. The token’s claim tenant_id decides the tenant; the claim role is viewer or operator.',
    },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Error: errorSchema },
      responses: { Error: { description: 'What is wrong and what to do', content: jsonContent(ERROR_REF) } },
    },
    'x-kinds': KIND_NAMES.flatMap((name) => kinds[name] ?? []).map(describeKind),
  };
}

function operation(route: ApiRoute): JsonSchema {
  const { method, path, summary, role, status = 200 } = route;
  const answer = status === 204 ? {} : { content: jsonContent(schemaOf(route.response, 'output')) };
  return {
    operationId: operationId(method, path),
    summary,
    description: `Role: ${role}.`,
    parameters: [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)],
    ...(route.body !== undefined && {
      requestBody: { required: isRequired(route.body), content: jsonContent(schemaOf(route.body, 'input')) },
    }),
    responses: {
      [status]: { description: 'Done', ...answer },
      ...(route.etag && { 304: { description: 'Unchanged since If-None-Match' } }),
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

const operationId = (method: string, path: string): string =>
  [method.toLowerCase(), ...path.split(/[^A-Za-z0-9]+/)]
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');

function pathParameters({ path, params }: ApiRoute): JsonSchema[] {
  const known = propertiesOf(params);
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: known[name] ?? { type: 'string' },
  }));
}

function queryParameters({ query, integration }: ApiRoute): JsonSchema[] {
  const own = Object.entries(propertiesOf(query)).map(([name, schema]) => ({
    name,
    in: 'query',
    required: requiredOf(query).includes(name),
    schema,
  }));
  if (integration?.from !== 'query') return own;
  const description = 'May be left out where the tenant has exactly one.';
  const integrationId = {
    name: 'integrationId',
    in: 'query',
    required: false,
    description,
    schema: { type: 'string' },
  };
  return [integrationId, ...own.filter(({ name }) => name !== 'integrationId')];
}

function headerParameters({ header, etag }: ApiRoute): JsonSchema[] {
  const headers = [...(header ? [header] : []), ...(etag ? [IF_NONE_MATCH] : [])];
  return headers.map((own) => ({ ...own, in: 'header', required: false, schema: { type: 'string' } }));
}

const IF_NONE_MATCH = {
  name: 'If-None-Match',
  description: 'The ETag of an earlier answer: 304 when nothing has changed.',
};

/** `unrepresentable`: what JSON Schema has no word for (a transform's result) is left open, not an error. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' });
  return rest;
}

function propertiesOf(schema: z.ZodType | undefined): Readonly<Record<string, unknown>> {
  return schema === undefined ? {} : ((schemaOf(schema, 'input').properties ?? {}) as Record<string, unknown>);
}

function requiredOf(schema: z.ZodType | undefined): readonly string[] {
  return schema === undefined ? [] : ((schemaOf(schema, 'input').required ?? []) as string[]);
}

/** A body all of whose fields may be left out may be left out itself. */
const isRequired = (body: z.ZodType): boolean => !body.safeParse({}).success;

/** What a form needs to know to ask for an integration: kinds, providers, and what each of them takes. */
function describeKind(kind: Kind): JsonSchema {
  return {
    kind: kind.name,
    title: kind.title,
    defaultSyncInterval: kind.defaultSyncInterval,
    providers: Object.entries(kind.providers).map(([provider, description]) => ({
      provider,
      title: description.title,
      defaultBaseUrl: description.defaultBaseUrl,
      accountId: description.accountId ?? null,
      credentials: description.credentials,
      config: schemaOf(description.configSchema, 'input'),
    })),
  };
}

const jsonContent = (schema: JsonSchema): JsonSchema => ({ 'application/json': { schema } });

const ERROR_REF = { $ref: '#/components/schemas/Error' };

const errorSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string' },
        message: { type: 'string' },
        details: { description: 'Of a 400: an array of { path, message }, one per bad field.' },
      },
    },
  },
};

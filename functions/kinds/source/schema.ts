import * as z from 'zod';
import { DATA_TYPES } from './convert.ts';
import { checkHeader, isHeaderName } from './headers.ts';
import { parsePath } from './path.ts';

const MAX_FIELDS = 100;

const path = z
  .string()
  .refine((text) => parsePath(text) !== undefined, 'is not a path such as main.temp, weather[0].main or ids["a.b"]');
const parameter = z.string().min(1).max(100);

const pagination = z
  .strictObject({
    type: z.enum(['none', 'page', 'cursor', 'link']),
    param: parameter.optional(),
    path: path.optional(),
    pageSizeParam: parameter.optional(),
    pageSize: z.int().min(1).max(10_000).optional(),
  })
  .superRefine((value, context) => {
    const need = (name: 'param' | 'path' | 'pageSize' | 'pageSizeParam', message: string): void => {
      if (value[name] === undefined) context.addIssue({ code: 'custom', path: [name], message });
    };
    if (value.type === 'page') need('param', 'the parameter that carries the page number is required');
    if (value.type === 'cursor') {
      need('param', 'the parameter that carries the cursor is required');
      need('path', 'the path of the next cursor in the answer is required');
    }
    if (value.pageSizeParam !== undefined) need('pageSize', 'is required with pageSizeParam');
    if (value.pageSize !== undefined) need('pageSizeParam', 'the parameter that carries the page size is required');
  });

const fields = z
  .array(
    z.strictObject({
      name: z
        .string()
        .min(1)
        .max(100)
        .regex(/^[^\p{Cc}]*$/u, 'has control characters'),
      path,
      dataType: z.enum(DATA_TYPES).optional(),
    }),
  )
  .max(MAX_FIELDS)
  .superRefine((list, context) => {
    list.forEach((field, index) => {
      if (list.findIndex((other) => other.name === field.name) < index) {
        context.addIssue({ code: 'custom', path: [index, 'name'], message: 'another field has this name' });
      }
    });
  });

const headers = z.record(z.string(), z.string().max(4096)).superRefine((all, context) => {
  for (const [name, value] of Object.entries(all)) {
    const message = checkHeader(name, value);
    if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message });
  }
});

const shared = {
  url: z.string().trim().min(1).max(2000),
  headers: headers.optional(),
  auth: z.enum(['none', 'apiKey', 'bearer', 'basic']).optional(),
  authHeader: z.string().max(100).refine(isHeaderName, 'is not a header that can be set').optional(),
  itemsPath: path.optional(),
  pagination: pagination.optional(),
  fields: fields.optional(),
  incremental: z.strictObject({ param: parameter, path }).optional(),
  requestsPerMinute: z.number().min(1).max(60_000).optional(),
  timeoutSeconds: z.number().min(1).max(30).optional(),
  /** How long values are kept; without it until the integration is deleted. */
  retentionDays: z.int().min(1).max(3650).optional(),
};

export const restConfig = z
  .strictObject({
    ...shared,
    method: z.enum(['GET', 'POST']).optional(),
    body: z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]).optional(),
  })
  .superRefine((config, context) => {
    if (config.body !== undefined && config.method !== 'POST') {
      context.addIssue({ code: 'custom', path: ['body'], message: 'goes with method POST only' });
    }
    noClash(config, context);
  });

export const graphqlConfig = z
  .strictObject({
    ...shared,
    method: z.literal('POST', 'GraphQL is always sent as POST').optional(),
    query: z.string().trim().min(1).max(20_000),
    variables: z.record(z.string(), z.unknown()).optional(),
    operationName: z.string().min(1).max(200).optional(),
  })
  .superRefine((config, context) => {
    if (config.pagination?.type === 'link') {
      const message = 'GraphQL pages by cursor or page, never by the Link header';
      context.addIssue({ code: 'custom', path: ['pagination', 'type'], message });
    }
    noClash(config, context);
  });

function noClash(
  config: { auth?: string | undefined; authHeader?: string | undefined; headers?: Record<string, string> | undefined },
  context: z.RefinementCtx,
): void {
  if (config.auth !== 'apiKey') return;
  const header = config.authHeader ?? DEFAULT_AUTH_HEADER;
  const name = Object.keys(config.headers ?? {}).find((other) => other.toLowerCase() === header.toLowerCase());
  if (name === undefined) return;
  const message = `auth apiKey sets this header: put the key in credentials.apiKey and leave ${name} out here`;
  context.addIssue({ code: 'custom', path: ['headers', name], message });
}

export const DEFAULT_AUTH_HEADER = 'X-API-Key';

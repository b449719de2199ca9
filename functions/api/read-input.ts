import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { type BadField, badFields } from '../kinds/route.ts';
import type { ApiDeps, ApiRequest, ApiRoute } from './api-route.ts';
import { invalid } from './invalid.ts';
import { readBody } from './read-body.ts';

export type Input = Pick<ApiRequest, 'params' | 'query' | 'body'>;

/** Path, query and body, parsed by the route's schemas; throws 400 naming every bad field of all three. */
export async function readInput(
  route: ApiRoute,
  event: APIGatewayProxyEventV2,
  request: Pick<ApiRequest, 'tenantId' | 'integration'>,
  deps: ApiDeps,
): Promise<Input> {
  let bad: BadField[] = [];
  const parse = (schema: z.ZodType | undefined, value: unknown): unknown => {
    if (schema === undefined) return undefined;
    const parsed = schema.safeParse(value);
    if (!parsed.success) bad = bad.concat(badFields(parsed.error));
    return parsed.data;
  };
  const params = parse(route.params, ownParameters(route, event));
  const query = parse(route.query, queryParameters(event));
  const raw = route.body === undefined ? undefined : readBody(event);
  const body = parse(route.body && strict(route.body), raw);
  if (route.check !== undefined) bad = bad.concat(await route.check(raw, request, deps));
  if (bad.length > 0) throw invalid(bad);
  return { params, query, body };
}

/** Names of a body that the schema does not know are refused, also where a kind's schema forgot to say so. */
function strict(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodObject && schema.def.catchall === undefined ? schema.strict() : schema;
}

/** Those the path names, without the {id} that has become an integration. */
function ownParameters({ path, integration }: ApiRoute, event: APIGatewayProxyEventV2): Record<string, string> {
  const isOwn = (name: string): boolean =>
    path.includes(`{${name}}`) && !(name === 'id' && integration?.from === 'path');
  return Object.fromEntries(Object.entries(pathParameters(event)).filter(([name]) => isOwn(name)));
}

/** API Gateway has decoded them; what is still escaped is a percent sign, which no id has. Decoded twice, `a%41` would mean `aA`. */
export function pathParameters(event: APIGatewayProxyEventV2): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(event.pathParameters ?? {}).map(([name, value]) => [name, value ?? '']));
}

/** An empty value means that nothing was chosen: `?status=`. */
export function queryParameters(event: APIGatewayProxyEventV2): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(event.queryStringParameters ?? {}).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, value]],
    ),
  );
}

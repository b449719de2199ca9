import { json, type SimulatedResponse } from './exchange.ts';
import { cursorAt, type Offer, pageAt, readCursor, since } from './paging.ts';

/** The query that the simulated service understands, as a person would write it. */
export const OBSERVATIONS_QUERY = `query Observations($first: Int, $after: String, $since: String) {
  observations(first: $first, after: $after, since: $since) {
    edges { node { id observedAt station { code } main { temp humidity } raining } }
    pageInfo { hasNextPage endCursor }
  }
}`;

/** Answers like a GraphQL server: errors with status 200, and an endCursor on the last page too. */
export function answerGraphql(body: string, { rows, pageSize, fault }: Offer): SimulatedResponse {
  const { query, variables = {} } = JSON.parse(body) as { query?: string; variables?: Record<string, unknown> };
  if (!/\bobservations\s*\(/.test(query ?? '')) {
    return json({ data: null, errors: [{ message: 'Cannot query this field on type "Query".' }] });
  }
  const unknown = Object.keys(variables).find((name) => !['first', 'after', 'since'].includes(name));
  if (unknown !== undefined) return json({ errors: [{ message: `Variable "$${unknown}" is not defined.` }] });
  const { first = pageSize, after = null, since: from = null } = variables;
  const offset = readCursor(after === null ? null : String(after));
  if (offset === undefined) return json({ data: null, errors: [{ message: 'Unknown cursor.' }] });
  const size = Number(first);
  const page = pageAt(since(rows, from === null ? null : String(from)), offset, size, fault);
  return json({
    data: {
      observations: {
        edges: page.rows.map((node) => ({ node })),
        pageInfo: { hasNextPage: page.next !== null, endCursor: cursorAt(page.next ?? offset + page.rows.length) },
      },
    },
  });
}

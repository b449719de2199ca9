import type { Kind } from '../kinds/kind.ts';
import type { Route } from '../kinds/route.ts';
import { KIND_NAMES, type KindName } from '../model/kind-name.ts';
import type { ApiRoute } from './api-route.ts';
import { routeDeps } from './kind-deps.ts';
import { deadLetterRoutes } from './routes/dead-letter-routes.ts';
import { integrationRoutes } from './routes/integration-routes.ts';
import { tenantRoutes } from './routes/tenant-routes.ts';

/** Every route that needs a token: the API's own, then each kind's. */
export function routeTable(kinds: Partial<Record<KindName, Kind>>): readonly ApiRoute[] {
  const ofKinds = KIND_NAMES.flatMap((name) => kinds[name]?.routes.map(ofKind) ?? []);
  const routes = [...tenantRoutes, ...integrationRoutes, ...deadLetterRoutes, ...ofKinds];
  const names = routes.map(({ method, path }) => `${method} ${path}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two routes answer ${twice}`);
  return routes;
}

/** A kind's handler sees what `RouteDeps` grants and nothing else of the API. */
function ofKind(route: Route): ApiRoute {
  return {
    ...route,
    handle: ({ integration, ...request }, deps) => route.handle(request, routeDeps(integration, deps)),
  };
}

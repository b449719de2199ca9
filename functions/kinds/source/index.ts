import type { Kind } from '../kind.ts';
import { graphql, rest } from './providers.ts';
import { sourceRoutes } from './routes.ts';
import { syncSource } from './sync.ts';
import { testConnection } from './test-connection.ts';

export const source: Kind = {
  name: 'source',
  title: 'Sources',
  defaultSyncInterval: 3600,
  providers: { rest, graphql },
  policy: { retries: 3, onExhausted: 'disable', scheduled: 'interval', breaker: true, leaseSeconds: 45 },
  sync: syncSource,
  test: testConnection,
  routes: sourceRoutes,
};

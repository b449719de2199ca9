import {
  createWeatherService,
  OBSERVATIONS_QUERY,
  serveWeather,
} from '../../functions/kinds/source/simulator/index.ts';
import { ensureIntegration, type StartDemoPart } from './demo-fleet.ts';

const TOKEN = 'weather-simulated-token-0001';

export const startDemoSources: StartDemoPart = async (clock) => {
  const service = createWeatherService({ clock, auth: { type: 'bearer', token: TOKEN } });
  const { url, close } = await serveWeather(service);
  const credentials = { token: TOKEN };
  return {
    async connect(api) {
      await ensureIntegration(
        {
          name: 'Weather stations (REST)',
          kind: 'source',
          provider: 'rest',
          baseUrl: url,
          config: {
            url: '/v1/pages',
            auth: 'bearer',
            pagination: { type: 'page', param: 'page', pageSizeParam: 'per_page', pageSize: 50 },
            fields: [
              { name: 'station', path: 'station.code', dataType: 'string' },
              { name: 'temperature', path: 'main.temp', dataType: 'number' },
              { name: 'humidity', path: 'main.humidity', dataType: 'number' },
            ],
            incremental: { param: 'since', path: 'observedAt' },
          },
          credentials,
          syncInterval: 600,
        },
        api,
      );
      await ensureIntegration(
        {
          name: 'Weather stations (GraphQL)',
          kind: 'source',
          provider: 'graphql',
          baseUrl: url,
          config: {
            url: '/graphql',
            auth: 'bearer',
            query: OBSERVATIONS_QUERY,
            variables: { first: 50 },
            itemsPath: 'data.observations.edges',
            pagination: { type: 'cursor', param: 'after', path: 'data.observations.pageInfo.endCursor' },
            fields: [
              { name: 'station', path: 'node.station.code', dataType: 'string' },
              { name: 'temperature', path: 'node.main.temp', dataType: 'number' },
            ],
            incremental: { param: 'since', path: 'node.observedAt' },
          },
          credentials,
          syncInterval: 900,
        },
        api,
      );
    },
    close,
  };
};

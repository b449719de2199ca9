export type { SimulatedRequest, SimulatedResponse } from './exchange.ts';
export { BAD_TEXTS, type Fault, retryAfterForms } from './faults.ts';
export { OBSERVATIONS_QUERY } from './graphql.ts';
export type { PagingFault } from './paging.ts';
export { serveWeather } from './serve.ts';
export { type Observation, observations } from './weather.ts';
export { weatherClient } from './weather-client.ts';
export { createWeatherService, type SimulatedAuth, type WeatherService } from './weather-service.ts';

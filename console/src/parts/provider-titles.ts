import { humanized } from './format.ts';

/** Names of providers, for lists that do not wait for the catalog; one that is not here is called by its id. */
const TITLES: Readonly<Record<string, string>> = {
  '1nce': '1NCE',
  supersim: 'Super SIM',
  emnify: 'emnify',
  rest: 'REST',
  graphql: 'GraphQL',
  ofd: 'OFD',
  atol: 'ATOL Online',
};

export const providerTitle = (provider: string): string => TITLES[provider] ?? humanized(provider);

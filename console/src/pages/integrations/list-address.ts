/** The list as it was left: who has looked at one integration goes back to the ones they found, not to all of them. */
let address = '/integrations';

export const listAddress = (): string => address;

export function rememberList(query: URLSearchParams): void {
  address = query.size === 0 ? '/integrations' : `/integrations?${query}`;
}

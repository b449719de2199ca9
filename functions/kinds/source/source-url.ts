/** What is wrong with an address, in words. */
export interface BadUrl {
  readonly path: 'config.url' | 'baseUrl';
  readonly message: string;
}

export const isAbsolute = (url: string): boolean => /^[a-z][a-z0-9+.-]*:/i.test(url);

/**
 * The address a source is called at: `url` itself when it is absolute, else `baseUrl` (with its path) and `url` behind it.
 * Without user info (it would end up in logs) and without a fragment.
 */
export function resolveUrl(baseUrl: string | null, url: string): { readonly url: string } | BadUrl {
  const absolute = isAbsolute(url);
  if (!absolute && baseUrl === null) {
    return { path: 'config.url', message: 'must be an absolute http or https address, or baseUrl must be set' };
  }
  const [whole, path] = absolute ? [url, 'config.url' as const] : [join(baseUrl ?? '', url), 'baseUrl' as const];
  const parsed = URL.parse(whole);
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol) || parsed.host === '') {
    return { path, message: 'must be an absolute http or https address' };
  }
  if (parsed.username !== '' || parsed.password !== '') {
    return {
      path,
      message: 'must not contain a user name or password: set auth to basic and write them to credentials',
    };
  }
  parsed.hash = '';
  // A relative url such as //other.example or \\other.example must not leave the base.
  if (!absolute && parsed.origin !== URL.parse(baseUrl ?? '')?.origin) {
    return { path: 'config.url', message: 'must stay on the host of baseUrl, or be absolute' };
  }
  return { url: parsed.href };
}

function join(baseUrl: string, url: string): string {
  const query = url.startsWith('?') || url === '';
  return query ? baseUrl + url : `${baseUrl.replace(/\/+$/, '')}/${url.replace(/^[/\\]+/, '')}`;
}

/** Sets query parameters and leaves every other character of the query as it is: some servers sign or compare it. */
export function withParameters(url: string, parameters: readonly (readonly [string, string])[]): string {
  return parameters.reduce((address, [name, value]) => {
    const [path = '', query = ''] = split(address);
    const others = query.split('&').filter((part) => part !== '' && nameOf(part) !== name);
    return `${path}?${[...others, `${encodeURIComponent(name)}=${encodeURIComponent(value)}`].join('&')}`;
  }, url);
}

function split(url: string): readonly [string, string] {
  const at = url.indexOf('?');
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}

function nameOf(part: string): string {
  return new URLSearchParams(part).keys().next().value ?? '';
}

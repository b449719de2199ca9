import dns from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Decides which addresses the system may call. A tenant chooses the URLs, so without it a tenant could reach what only
 * the machine itself should see (instance metadata, neighbours in the private network).
 */
export interface AddressGuard {
  /** For the moment of saving: undefined when the URL may be called as far as can be seen, else a sentence saying why not. */
  checkUrl(url: string): string | undefined;
  /** It lies, as written, in a network of the deployer's own (`allowedPrivateCidrs`): nobody from outside listens there. */
  isOwnNetwork(url: string): boolean;
  /** Why this IP address may not be called, or undefined. */
  checkAddress(address: string): string | undefined;
  /**
   * For the moment of connecting: resolves a name and hands on only answers that may be called, so that the address that
   * was checked is the one that is connected to, whatever the name resolved to before. Fails with FORBIDDEN_ADDRESS.
   */
  readonly lookup: LookupFunction;
}

/** `code` of the error `lookup` fails with when every answer is forbidden. */
export const FORBIDDEN_ADDRESS = 'ERR_FORBIDDEN_ADDRESS';

export type ResolveName = (hostname: string) => Promise<readonly { address: string; family: number }[]>;

type Cidr = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Throws when a CIDR cannot be read: a deployment must not start with another set of allowed ranges than was meant. */
export function createAddressGuard({
  allowedPrivateCidrs,
  resolve = (hostname) => dns.lookup(hostname, { all: true, order: 'verbatim' }),
}: {
  readonly allowedPrivateCidrs: readonly string[];
  readonly resolve?: ResolveName;
}): AddressGuard {
  const allowed = allowedPrivateCidrs.map(parseCidr);
  const isAllowed = (address: ipaddr.IPv4 | ipaddr.IPv6): boolean =>
    allowed.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));

  const checkAddress = (text: string): string | undefined => {
    if (!ipaddr.isValid(text)) return `${text} is not an IP address`;
    // `process` turns ::ffff:10.0.0.1 into 10.0.0.1: that is where such a connection would go.
    const address = ipaddr.process(text);
    const range = forbiddenRange(address);
    if (range === undefined || isAllowed(address)) return undefined;
    return `The address ${text} is ${range}; it can be called only where the deployment allows it (allowedPrivateCidrs)`;
  };

  const checkUrl = (text: string): string | undefined => {
    if (!URL.canParse(text)) return 'This is not an absolute URL';
    // The URL parser brings every spelling of an IPv4 address (decimal, octal, hex, short, full-width) to four decimals.
    const url = new URL(text);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'Only http and https addresses can be called';
    if (url.username !== '' || url.password !== '') return 'An address must not contain a user name or a password';
    const host = hostOf(url);
    if (host === '') return 'The address has no host';
    if (ipaddr.isValid(host)) return checkAddress(host);
    if (isLocalName(host) && !LOOPBACKS.some((address) => checkAddress(address) === undefined)) {
      return `The name ${host} means this machine; it can be called only where the deployment allows it (allowedPrivateCidrs)`;
    }
    return undefined;
  };

  const isOwnNetwork = (text: string): boolean => {
    if (checkUrl(text) !== undefined) return false;
    const host = hostOf(new URL(text));
    if (!ipaddr.isValid(host)) return isLocalName(host);
    const address = ipaddr.process(host);
    return forbiddenRange(address) !== undefined && isAllowed(address);
  };

  const lookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname).then(
      (answers) => {
        const usable = answers.filter(
          ({ address, family }) =>
            checkAddress(address) === undefined && (!options.family || familyOf(options.family) === family),
        );
        const [first] = usable;
        if (first === undefined) {
          const why = answers.map(({ address }) => checkAddress(address)).find((reason) => reason !== undefined);
          const error: NodeJS.ErrnoException = new Error(why ?? `${hostname} has no usable address`);
          error.code = why === undefined ? 'ENOTFOUND' : FORBIDDEN_ADDRESS;
          callback(error, '', 0);
        } else if (options.all) callback(null, [...usable]);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };

  return { checkUrl, isOwnNetwork, checkAddress, lookup };
}

/** The host to connect to: without the brackets of IPv6 and without a trailing dot. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
}

const LOOPBACKS = ['127.0.0.1', '::1'];

function isLocalName(host: string): boolean {
  return /^(localhost|localhost\.localdomain|ip6-localhost|ip6-loopback)$|\.localhost$/.test(host);
}

const familyOf = (family: number | 'IPv4' | 'IPv6'): number => (family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : family);

const GLOBAL_UNICAST = ipaddr.IPv6.parse('2000::');

const RANGE_WORDS: Readonly<Record<string, string>> = {
  unspecified: 'the unspecified address',
  broadcast: 'a broadcast address',
  multicast: 'a multicast address',
  linkLocal: 'a link-local address',
  loopback: 'a loopback address',
  carrierGradeNat: 'a carrier-grade NAT address',
  private: 'a private address',
  uniqueLocal: 'a private address',
  rfc6052: 'a NAT64 address',
  rfc6145: 'a translated IPv4 address',
  '6to4': 'a 6to4 address',
  teredo: 'a Teredo address',
};

/** What kind of special address it is, in words; undefined for an ordinary public one. */
function forbiddenRange(address: ipaddr.IPv4 | ipaddr.IPv6): string | undefined {
  const range = address.range();
  if (range !== 'unicast') return RANGE_WORDS[range] ?? 'a reserved address';
  // Nothing outside 2000::/3 has been given out; among the rest are IPv4-compatible and unassigned forms.
  return address instanceof ipaddr.IPv6 && !address.match(GLOBAL_UNICAST, 3) ? 'a reserved address' : undefined;
}

function parseCidr(text: string): Cidr {
  if (!ipaddr.isValidCIDR(text)) throw new Error(`allowedPrivateCidrs: "${text}" is not a CIDR such as 10.0.0.0/8`);
  const [network, bits] = ipaddr.parseCIDR(text);
  const mapped = network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() && bits >= 96;
  return mapped ? [network.toIPv4Address(), bits - 96] : [network, bits];
}

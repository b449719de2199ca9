import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import {
  createAddressGuard,
  FORBIDDEN_ADDRESS,
  type ResolveName,
} from '../../../functions/platform/http/address-guard.ts';

const strict = createAddressGuard({ allowedPrivateCidrs: [] });

/** What `lookup` answers at the moment of connecting. */
function connect(resolve: ResolveName, allowedPrivateCidrs: readonly string[] = [], all = true, family = 0) {
  const { lookup } = createAddressGuard({ allowedPrivateCidrs, resolve });
  return new Promise<{ code?: string | undefined; message?: string; addresses?: unknown }>((done) => {
    lookup('name.example', { all, family }, (error, addresses) =>
      done(error ? { code: error.code, message: error.message } : { addresses }),
    );
  });
}
const answers =
  (...addresses: readonly string[]): ResolveName =>
  () =>
    Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));

it.each([
  ['http://10.1.2.3:8080/', true],
  ['http://0xa010203/', true],
  ['http://[::ffff:10.1.2.3]/', true],
  ['http://localhost:4680/', true],
  ['http://10.2.0.1/', false],
  ['https://8.8.8.8/', false],
  ['https://example.com/', false],
  ['http://user@10.1.2.3/', false],
  ['nonsense', false],
])('whether %s is in a network of the deployer’s own: %s', (url, own) => {
  const guard = createAddressGuard({ allowedPrivateCidrs: ['10.1.0.0/16', '127.0.0.0/8', '8.8.8.0/24'] });
  expect(guard.isOwnNetwork(url)).toBe(own);
});

describe('at save', () => {
  it.each([
    'https://dashboard.hologram.io/api/1',
    'http://example.com:8080/path?query',
    'https://8.8.8.8/',
    'https://[2606:4700:4700::1111]/',
    'https://[::ffff:8.8.8.8]/',
    'https://10.example.com/',
    'https://localhost.example.com/',
  ])('%s may be called', (url) => {
    expect(strict.checkUrl(url)).toBeUndefined();
  });

  it.each([
    ['http://127.0.0.1/', 'loopback'],
    ['http://127.1/', 'loopback'],
    ['http://2130706433/', 'loopback'],
    ['http://0x7f000001/', 'loopback'],
    ['http://0x7f.0.0x0.1/', 'loopback'],
    ['http://0177.0.0.01/', 'loopback'],
    ['http://017700000001/', 'loopback'],
    ['http://127.0.0.1./', 'loopback'],
    ['http://１２７.０.０.１/', 'loopback'],
    ['http://127。0。0。1/', 'loopback'],
    ['http://%31%32%37.0.0.1/', 'loopback'],
    ['http://localhost/', 'means this machine'],
    ['http://LOCALHOST:80/', 'means this machine'],
    ['http://localhost./', 'means this machine'],
    ['http://api.localhost/', 'means this machine'],
    ['http://[::1]/', 'loopback'],
    ['http://[0:0:0:0:0:0:0:1]/', 'loopback'],
    ['http://[::ffff:127.0.0.1]/', 'loopback'],
    ['http://[::ffff:7f00:1]/', 'loopback'],
    ['http://[::127.0.0.1]/', 'reserved'],
    ['http://[64:ff9b::7f00:1]/', 'NAT64'],
    ['http://[64:ff9b::8.8.8.8]/', 'NAT64'],
    ['http://[64:ff9b:1::a00:1]/', 'NAT64'],
    ['http://[2002:7f00:1::]/', '6to4'],
    ['http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/', 'Teredo'],
    ['http://[::ffff:0:10.0.0.1]/', 'translated'],
    ['http://10.1.2.3/', 'private'],
    ['http://172.16.0.1/', 'private'],
    ['http://172.31.255.255/', 'private'],
    ['http://192.168.1.1/', 'private'],
    ['http://[fd00:ec2::254]/', 'private'],
    ['http://169.254.169.254/latest/meta-data/', 'link-local'],
    ['http://0xa9fea9fe/', 'link-local'],
    ['http://[fe80::1]/', 'link-local'],
    ['http://100.64.0.1/', 'carrier-grade NAT'],
    ['http://100.127.255.254/', 'carrier-grade NAT'],
    ['http://0.0.0.0/', 'unspecified'],
    ['http://0/', 'unspecified'],
    ['http://[::]/', 'unspecified'],
    ['http://255.255.255.255/', 'broadcast'],
    ['http://224.0.0.1/', 'multicast'],
    ['http://[ff02::1]/', 'multicast'],
    ['http://192.0.2.1/', 'reserved'],
    ['http://198.51.100.7/', 'reserved'],
    ['http://203.0.113.7/', 'reserved'],
    ['http://198.18.0.1/', 'reserved'],
    ['http://192.0.0.8/', 'reserved'],
    ['http://192.88.99.1/', 'reserved'],
    ['http://240.0.0.1/', 'reserved'],
    ['http://[2001:db8::1]/', 'reserved'],
    ['http://[3fff::1]/', 'reserved'],
    ['http://[fec0::1]/', 'reserved'],
    ['http://[100::1]/', 'reserved'],
    ['http://[5f00::1]/', 'reserved'],
    ['http://[4000::1]/', 'reserved'],
    ['ftp://example.com/', 'Only http and https'],
    ['file:///etc/passwd', 'Only http and https'],
    ['javascript:alert(1)', 'Only http and https'],
    ['https://user@example.com/', 'user name'],
    ['https://user:secret@example.com/', 'user name'],
    ['https://example.com@127.0.0.1/', 'user name'],
    ['/relative', 'not an absolute URL'],
    ['', 'not an absolute URL'],
    ['http://999.1.1.1/', 'not an absolute URL'],
    ['http://.../', 'no host'],
  ])('%s is refused: %s', (url, words) => {
    const reason = strict.checkUrl(url);
    expect(reason).toContain(words);
    expect(reason).not.toContain('secret');
  });
});

describe('what the deployment allows', () => {
  const vehicles = createAddressGuard({ allowedPrivateCidrs: ['10.20.0.0/16', '127.0.0.0/8', 'fd12:3456::/32'] });

  it('is open, in every spelling, and nothing else', () => {
    expect(vehicles.checkUrl('http://10.20.255.1/')).toBeUndefined();
    expect(vehicles.checkUrl('http://0x0a140001/')).toBeUndefined();
    expect(vehicles.checkUrl('http://[::ffff:10.20.0.1]/')).toBeUndefined();
    expect(vehicles.checkUrl('http://localhost:4680/')).toBeUndefined();
    expect(vehicles.checkUrl('http://[fd12:3456:1::1]/')).toBeUndefined();
    expect(vehicles.checkUrl('http://10.21.0.1/')).toContain('private');
    expect(vehicles.checkUrl('http://[::1]/')).toContain('loopback');
    expect(vehicles.checkUrl('http://[64:ff9b::10.20.0.1]/')).toContain('NAT64');
    expect(vehicles.checkUrl('http://169.254.169.254/')).toContain('link-local');
  });

  it('may be written in the IPv4-mapped form', () => {
    const mapped = createAddressGuard({ allowedPrivateCidrs: ['::ffff:10.0.0.0/104'] });
    expect(mapped.checkUrl('http://10.1.2.3/')).toBeUndefined();
    expect(mapped.checkUrl('http://192.168.0.1/')).toContain('private');
  });

  it('must be readable, or nothing starts', () => {
    expect(() => createAddressGuard({ allowedPrivateCidrs: ['10.0.0.0/8', 'all'] })).toThrow('"all" is not a CIDR');
  });
});

describe('at connect', () => {
  it('hands on the addresses that were checked', async () => {
    expect(await connect(answers('93.184.216.34'))).toEqual({ addresses: [{ address: '93.184.216.34', family: 4 }] });
    expect(await connect(answers('93.184.216.34'), [], false)).toEqual({ addresses: '93.184.216.34' });
  });

  it('refuses a name that resolves to a forbidden address', async () => {
    expect(await connect(answers('169.254.169.254'))).toMatchObject({ code: FORBIDDEN_ADDRESS });
    expect(await connect(answers('::ffff:10.0.0.1'))).toMatchObject({ code: FORBIDDEN_ADDRESS });
  });

  it('passes over forbidden answers among good ones', async () => {
    expect(await connect(answers('10.0.0.1', '93.184.216.34', '::1'))).toEqual({
      addresses: [{ address: '93.184.216.34', family: 4 }],
    });
  });

  it('checks every connection anew: a name that changes its mind gets nowhere', async () => {
    let asked = 0;
    const rebinding: ResolveName = (name) => {
      asked += 1;
      return answers(asked === 1 ? '93.184.216.34' : '127.0.0.1')(name);
    };
    expect(await connect(rebinding)).toHaveProperty('addresses');
    expect(await connect(rebinding)).toMatchObject({ code: FORBIDDEN_ADDRESS });
  });

  it('hands on the resolver’s own error', async () => {
    const failing: ResolveName = () => Promise.reject(Object.assign(new Error('no'), { code: 'EAI_AGAIN' }));
    expect(await connect(failing)).toMatchObject({ code: 'EAI_AGAIN' });
    expect(await connect(answers())).toMatchObject({ code: 'ENOTFOUND' });
    expect(await connect(answers('93.184.216.34'), [], true, 6)).toMatchObject({ code: 'ENOTFOUND' });
  });
});

describe('for all addresses', () => {
  const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
  const number = ([a, b, c, d]: readonly number[]): number =>
    (((a ?? 0) * 256 + (b ?? 0)) * 256 + (c ?? 0)) * 256 + (d ?? 0);
  const radix = (value: number, base: number): string =>
    base === 16 ? `0x${value.toString(16)}` : base === 8 ? `0${value.toString(8)}` : String(value);

  it('every spelling of an IPv4 address gets the same answer', () => {
    fc.assert(
      fc.property(octets, fc.array(fc.constantFrom(8, 10, 16), { minLength: 4, maxLength: 4 }), (address, bases) => {
        const [a, b, c, d] = address;
        const n = number(address);
        const refused = strict.checkAddress(address.join('.')) !== undefined;
        const [w = 10, x = 10, y = 10, z = 10] = bases;
        for (const host of [
          address.join('.'),
          `${address.join('.')}.`,
          radix(n, w),
          `${radix(a, w)}.${radix(b, x)}.${radix(c, y)}.${radix(d, z)}`,
          `${radix(a, w)}.${radix(n % 2 ** 24, x)}`,
          `${radix(a, w)}.${radix(b, x)}.${radix(n % 2 ** 16, y)}`,
          `[::ffff:${address.join('.')}]`,
        ]) {
          expect(strict.checkUrl(`http://${host}/`) !== undefined).toBe(refused);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('an address hidden in a NAT64, 6to4 or compatible one is never called', () => {
    fc.assert(
      fc.property(octets, (address) => {
        const v4 = address.join('.');
        const hex = `${((address[0] << 8) | address[1]).toString(16)}:${((address[2] << 8) | address[3]).toString(16)}`;
        for (const v6 of [`64:ff9b::${v4}`, `64:ff9b:1::${v4}`, `2002:${hex}::1`, `::${hex}`, `2001::${hex}`]) {
          expect(strict.checkAddress(v6)).toBeDefined();
        }
      }),
    );
  });

  it('an allowed range opens exactly itself', () => {
    fc.assert(
      fc.property(octets, fc.integer({ min: 8, max: 32 }), octets, (network, bits, address) => {
        const one = createAddressGuard({ allowedPrivateCidrs: [`${network.join('.')}/${bits}`] });
        const within = ipaddr.IPv4.parse(address.join('.')).match(ipaddr.IPv4.parse(network.join('.')), bits);
        const open = strict.checkAddress(address.join('.')) === undefined;
        expect(one.checkAddress(address.join('.')) === undefined).toBe(open || within);
        expect(one.checkAddress(network.join('.'))).toBeUndefined();
        expect(one.checkAddress(`::ffff:${network.join('.')}`)).toBeUndefined();
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { readCommand } from '../../../local/cli/read-command.ts';
import { UsageError } from '../../../local/cli/usage.ts';

const read = (line: string, environment: Record<string, string> = {}) => readCommand(line.split(' '), environment);

describe('where a command goes', () => {
  it('goes to the local system when nothing else is said', () => {
    expect(read('overview')).toMatchObject({ url: 'http://localhost:4680', token: undefined, tenant: 'demo' });
  });

  it('takes the environment, and what is written on the line before it', () => {
    const environment = { DRIFTLESS_URL: 'https://api.example.com/', DRIFTLESS_TOKEN: 'from-environment' };
    expect(read('overview', environment)).toMatchObject({ url: 'https://api.example.com', token: 'from-environment' });
    expect(read('overview --url https://other.example.com --token t', environment)).toMatchObject({
      url: 'https://other.example.com',
      token: 't',
    });
  });

  it.each([
    ['overview --url http://api.example.com --token t', /https only/],
    ['overview --url https://api.example.com', /wants a token/],
    ['overview --url localhost:4680', /not an http\(s\) URL/],
  ])('refuses %s', (line, reason) => {
    expect(() => read(line)).toThrow(reason);
  });
});

describe('what a command means', () => {
  it.each([
    ['integrations list --kind vehicle --q van', { name: 'list-integrations', query: { kind: 'vehicle', q: 'van' } }],
    ['integrations pause abc', { name: 'pause', id: 'abc' }],
    [
      'history abc --status FAILED --page 2 --limit 5',
      { name: 'history', id: 'abc', query: { status: 'FAILED', page: '2', pageSize: '5' } },
    ],
    ['dead-letters redrive a b', { name: 'redrive', selection: { ids: ['a', 'b'] }, dryRun: false }],
    [
      'dead-letters redrive --kind carrier --dry-run',
      { name: 'redrive', selection: { kind: 'carrier' }, dryRun: true },
    ],
    ['events --limit 3', { name: 'events', query: { limit: '3' } }],
    ['help', { name: 'help' }],
    ['integrations list --help', { name: 'help' }],
  ])('%s', (line, command) => {
    expect(read(line).command).toEqual(command);
  });

  it.each([
    ['', /Which command/],
    ['integration list', /no command "integration"/],
    ['integrations', /takes list, show/],
    ['integrations show', /one integration's ID/],
    ['integrations sync a b', /one integration's ID/],
    ['integrations list extra', /does not take "extra"/],
    ['integrations list --status running', /one of pending, success/],
    ['integrations sync a --page 2', /--page does not go with integrations sync/],
    ['overview --dry-run', /--dry-run does not go with overview/],
    ['history a --page 0', /whole number from 1/],
    ['history a --colour red', /colour/],
    ['dead-letters redrive', /either ids or --kind/],
    ['dead-letters redrive a --kind carrier', /either ids or --kind/],
    ['dead-letters redrive --kind ship', /one of carrier/],
  ])('does not guess at "%s"', (line, reason) => {
    const reading = () => readCommand(line.split(' ').filter(Boolean), {});
    expect(reading).toThrow(UsageError);
    expect(reading).toThrow(reason);
  });
});

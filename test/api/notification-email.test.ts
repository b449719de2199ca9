import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asTenantId } from '../../functions/model/ids.ts';
import { SubscriptionRefused } from '../../functions/platform/subscriptions.ts';
import { readSettings } from '../../functions/store/settings.ts';
import { fakeSubscriptions } from './support/fake-subscriptions.ts';
import { type Caller, callersOf, pathsOf, startTestApi, type TestApi } from './support/test-api.ts';

let api: TestApi;
let sns: ReturnType<typeof fakeSubscriptions>;
let operator: Caller;
let tenants = 0;
let tenant: string;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());
beforeEach(() => {
  tenant = `t${++tenants}`;
  sns = fakeSubscriptions();
  operator = callersOf({ ...api.deps, subscriptions: sns })(tenant, 'operator');
});

const put = (notificationEmail: string | null, more: object = {}) =>
  operator('PUT', '/api/settings', { body: { notificationEmail, ...more } });
const stored = () => readSettings(asTenantId(tenant), api.db);
const arn = (email: string): string => `arn:${tenant}:${email}`;

describe('the address for notices', () => {
  it('is subscribed, told to confirm, and its subscription never shown', async () => {
    const { status, body, text } = await put('a@example.com');
    expect([status, body.notificationEmail, body.notice]).toEqual([
      200,
      'a@example.com',
      'a@example.com has to confirm',
    ]);
    expect([...sns.alive]).toEqual([arn('a@example.com')]);
    const shown = await operator('GET', '/api/settings');
    expect(shown.body).toEqual({ vehicleDefaultApiKey: expect.anything(), notificationEmail: 'a@example.com' });
    expect(text + shown.text).not.toContain('arn:');
  });

  it('that is the same is subscribed once, whatever else changes', async () => {
    await put('a@example.com');
    const again = await put('a@example.com', { vehicleDefaultApiKey: 'vehicle-key-7777' });
    await operator('PUT', '/api/settings', { body: { vehicleDefaultApiKey: null } });
    expect([again.body.notice, sns.asked()]).toEqual([undefined, 1]);
    expect(await stored()).toMatchObject({ subscription: arn('a@example.com'), leftSubscriptions: [] });
  });

  it('that is replaced or removed is not written to any more', async () => {
    await put('a@example.com');
    await put('b@example.com');
    expect([...sns.alive]).toEqual([arn('b@example.com')]);
    await put(null);
    expect([...sns.alive]).toEqual([]);
    expect(await stored()).toMatchObject({ notificationEmail: null, subscription: null, leftSubscriptions: [] });
  });

  it('that can’t be unsubscribed yet fails nothing, and is tried again with the next change', async () => {
    await put('a@example.com');
    sns.pending.add(arn('a@example.com'));
    expect((await put('b@example.com')).status).toBe(200);
    expect(await stored()).toMatchObject({ leftSubscriptions: [arn('a@example.com')] });
    sns.pending.clear();
    await operator('PUT', '/api/settings', { body: { vehicleDefaultApiKey: null } });
    expect([...sns.alive]).toEqual([arn('b@example.com')]);
    expect(await stored()).toMatchObject({ leftSubscriptions: [] });
  });

  it('that comes back before it was ended is not ended any more', async () => {
    await put('a@example.com');
    sns.pending.add(arn('a@example.com'));
    await put('b@example.com');
    await put('a@example.com');
    sns.pending.clear();
    await operator('PUT', '/api/settings', { body: { vehicleDefaultApiKey: null } });
    expect([...sns.alive]).toEqual([arn('a@example.com')]);
  });

  it('can’t be changed over and over: who never confirms holds places that are everybody’s', async () => {
    const addresses = Array.from({ length: 6 }, (_, index) => `a${index}@example.com`);
    for (const email of addresses) {
      sns.pending.add(arn(email));
      expect((await put(email)).status).toBe(200);
    }
    const refused = await put('b@example.com');
    expect([refused.status, refused.body.error?.code]).toEqual([429, 'too_many_addresses']);
    expect(sns.alive.size).toBe(6);
    expect(await stored()).toMatchObject({ notificationEmail: 'a5@example.com' });
    expect((await put(null)).status).toBe(200);
    // They have run out.
    sns.pending.clear();
    expect((await put('b@example.com')).status).toBe(200);
    expect([...sns.alive]).toEqual([arn('b@example.com')]);
    expect(await stored()).toMatchObject({ notificationEmail: 'b@example.com', leftSubscriptions: [] });
  });

  it('of one of two people who change it at once wins, and the other’s is not written to', async () => {
    await put('a@example.com');
    await Promise.all([put('b@example.com'), put('c@example.com')]);
    const { notificationEmail, leftSubscriptions } = await stored();
    expect([...sns.alive]).toEqual([arn(String(notificationEmail))]);
    expect(leftSubscriptions).toEqual([]);
  });

  it('that can’t be subscribed is refused in words, and the one before stays', async () => {
    await put('a@example.com');
    sns.subscribe = () => Promise.reject(new SubscriptionRefused('No more addresses.'));
    const refused = await put('b@example.com');
    expect([refused.status, refused.body.error?.message]).toEqual([422, 'No more addresses.']);
    expect(pathsOf(refused)).toEqual(['notificationEmail']);
    expect([...sns.alive]).toEqual([arn('a@example.com')]);
    expect(await stored()).toMatchObject({ notificationEmail: 'a@example.com', subscription: arn('a@example.com') });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newTenant } from './support/api.ts';
import { addressOf, askNow, blankPage, type Opened } from './support/console.ts';
import { startIssuer } from './support/issuer.ts';

const tenant = newTenant();
let issuer: Awaited<ReturnType<typeof startIssuer>>;

beforeAll(async () => {
  issuer = await startIssuer({ tenantId: tenant, role: 'operator' });
});

afterAll(() => issuer.close());

/** A site with a config.json, as it is deployed. Its content security policy names the issuer; the local one does not. */
async function deployedSite(): Promise<Opened> {
  const opened = await blankPage({ bypassCSP: true });
  await opened.page.route('**/config.json', (route) =>
    route.fulfill({ json: { issuer: issuer.issuer, clientId: 'console', scope: 'openid email' } }),
  );
  await opened.page.route('**/dev/token', (route) => route.fulfill({ status: 404, json: {} }));
  return opened;
}

describe('signing in with OpenID', () => {
  it('leaves for the issuer and comes back to the page that was asked for, with no code in the address', async () => {
    const { page } = await deployedSite();
    await page.goto(addressOf('/settings', {}));
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/settings');
    await page.getByRole('button', { name: tenant }).waitFor();

    // A reload asks nobody: the refresh token is enough.
    const before = issuer.grants.length;
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    expect(issuer.grants.slice(before)).toEqual(['refresh_token']);
    expect(await page.evaluate<number>('localStorage.length')).toBe(0);
  });

  it('renews a token before it runs out, and signs in anew when that is refused', async () => {
    issuer.state.expiresInSeconds = 60;
    const { page, expectFailedRequests } = await deployedSite();
    expectFailedRequests();
    await page.goto(addressOf('/events', {}));
    await page.getByText('No events').waitFor();
    // A minute is less than the time before which it is renewed: so every call finds it old.
    expect(issuer.grants.filter((grant) => grant === 'refresh_token').length).toBeGreaterThan(0);
    issuer.state.refuseRefresh = true;
    const before = issuer.grants.length;
    issuer.state.expiresInSeconds = 3600;
    await askNow(page);
    await expect.poll(() => issuer.grants.slice(before)).toContain('authorization_code');
    await page.getByRole('heading', { level: 1, name: 'Events' }).waitFor();
    issuer.state.refuseRefresh = false;
  });

  it('is put off by whoever stays for what they have typed, and then said to be needed', async () => {
    issuer.state.expiresInSeconds = 60;
    const { page, expectFailedRequests } = await deployedSite();
    expectFailedRequests();
    await page.goto(addressOf('/integrations/new', {}));
    await page.getByRole('radio', { name: 'Vehicle' }).check();
    await page.getByRole('button', { name: 'Next' }).click();
    const name = page.getByRole('textbox', { name: 'Name', exact: true }).first();
    await name.fill('Half typed');
    await page.getByLabel('Base address').fill('http://127.0.0.1:9');
    issuer.state.refuseRefresh = true;
    page.on('dialog', (dialog) => dialog.dismiss());
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Sign in again to go on.').waitFor();
    expect(await name.inputValue()).toBe('Half typed');
    issuer.state.refuseRefresh = false;
    issuer.state.expiresInSeconds = 3600;
  });

  it('says what the issuer says when it refuses, and forgets an answer nobody asked for', async () => {
    const { page } = await deployedSite();
    await page.goto(addressOf('/?code=stolen&state=unknown', {}));
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    expect(page.url()).not.toContain('stolen');
    await page.evaluate(
      "sessionStorage.clear(); sessionStorage.setItem('driftless.sign-in', JSON.stringify({ state: 'mine', verifier: 'v', returnTo: '/' }))",
    );
    await page.goto(addressOf('/?error=access_denied&error_description=Your+account+is+locked.&state=mine', {}));
    await page.getByText('Your account is locked.').waitFor();
  });

  it('signs out at the issuer', async () => {
    const { page } = await deployedSite();
    await page.goto(addressOf('/settings', {}));
    await page.getByRole('button', { name: new RegExp(tenant) }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await expect.poll(() => page.title()).toBe('Signed out');
    expect(new URL(page.url()).searchParams.get('client_id')).toBe('console');
  });
});

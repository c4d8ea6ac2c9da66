import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserProgram, openBrowser, openReader } from './browser.ts';
import { type TestDashboard, testDashboard } from './test-dashboard.ts';

let dashboard: TestDashboard;

describe.skipIf(browserProgram === undefined)('with users', () => {
  beforeAll(async () => {
    dashboard = await testDashboard({ DASHBOARD_PASSWORD: 'correct horse' });
    await dashboard.app.listen({ host: '127.0.0.1', port: 0 });
  });

  afterAll(() => dashboard?.close());

  it('a browser is led to the log-in, comes in with the right password alone, where it wanted to go, and goes out again', async () => {
    const browser = await openBrowser(browserProgram ?? '');
    const address = `http://127.0.0.1:${(dashboard.app.server.address() as AddressInfo).port}`;
    const { page, violations } = await openReader(browser, address);
    const place = `${address}/#/files?search=a%20b&state=open&note=${'x'.repeat(600)}`;
    try {
      await page.goto(place);
      expect(await violations()).toEqual([]);
      for (const password of ['wrong', 'correct horse']) {
        await page.getByLabel('Name').fill('operator');
        await page.getByLabel('Password').fill(password);
        await page.keyboard.press('Enter');
        if (password === 'wrong') await page.getByText('Name or password is wrong').waitFor();
      }
      await page.getByText('No such file').waitFor();
      expect(page.url()).toBe(place);
      // A session that ends meanwhile.
      await page.context().clearCookies();
      await page.getByRole('button', { name: 'Refresh' }).click();
      await page.getByLabel('Name').fill('operator');
      await page.getByLabel('Password').fill('correct horse');
      await page.keyboard.press('Enter');
      await page.getByText('No such file').waitFor();
      expect(page.url()).toBe(place);
      await page.getByText('operator (operator)').waitFor();
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.getByLabel('Password').waitFor();
      expect((await page.request.get(`${address}/api/overview`)).status()).toBe(401);
    } finally {
      await browser.close();
    }
  });
});

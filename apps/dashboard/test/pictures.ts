import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { browserProgram, openBrowser } from './browser.ts';

/**
 * Takes the pictures of docs/dashboard.md from a dashboard that runs, with files that were loaded in the last minutes:
 *
 *     node apps/dashboard/test/pictures.ts LINK FILE [FOLDER]
 *
 * LINK is what `npm run sluice -- dashboard-url` prints. FILE is a part of the name of a file with rejects. The picture of a failure is
 * taken if a batch has failed, and the others if none has.
 */
const [link, file, into = 'docs/pictures'] = process.argv.slice(2);
if (link === undefined || file === undefined || browserProgram === undefined)
  throw new Error(
    'usage: node apps/dashboard/test/pictures.ts LINK FILE [FOLDER], with a Chromium installed',
  );

const { origin } = new URL(link);
const browser = await openBrowser(browserProgram);
const desktop = await browser.newContext();
const page = await desktop.newPage();
await page.goto(link);
await page.locator('main:not([aria-busy])').waitFor();
await go(page, '/failures');
const failed = page.locator('main table a[href^="#/failures/"]').first();
if ((await failed.count()) > 0) await takeFailure();
else await takeOthers();
await browser.close();

async function takeFailure(): Promise<void> {
  await failed.click();
  await page.getByRole('button', { name: 'Find the bad record' }).click();
  await page.locator('[data-record]').waitFor();
  await take(page, 'failure', 1280, 1000);
}

async function takeOthers(): Promise<void> {
  await go(page, '/?range=15m');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await take(page, `overview-${colorScheme}`, 1280, 1254);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await go(page, `/files?search=${encodeURIComponent(file ?? '')}`);
  await page.locator('main table a[href^="#/files/"]').first().click();
  await page.getByRole('table', { name: /^Rejects of/ }).waitFor();
  await take(page, 'file', 1280, 1180);
  const viewport = { width: 390, height: 844 };
  const storageState = await desktop.storageState();
  const phone = await browser.newContext({ viewport, deviceScaleFactor: 2, storageState });
  const small = await phone.newPage();
  await small.goto(origin);
  await go(small, '/?range=15m');
  await take(small, 'phone', 390, 844);
}

async function go(tab: Page, place: string): Promise<void> {
  await tab.goto(`${origin}/#${place}`);
  const path = place.replace(/^\/|\?.*$/g, '');
  await tab.locator(`main[data-path="${path}"]:not([aria-busy])`).waitFor();
}

async function take(tab: Page, name: string, width: number, height: number): Promise<void> {
  await tab.setViewportSize({ width, height });
  await tab.evaluate('scrollTo(0, 0)');
  // The plots follow the width and the theme with the next frame.
  await tab.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  await tab.screenshot({ path: join(into, `${name}.png`) });
}

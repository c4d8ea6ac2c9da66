import type { AddressInfo } from 'node:net';
import { testRedis, waitFor } from '@sluice/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  browserProgram,
  closedFiles,
  figuresBySql,
  hide,
  IMAGE,
  type Look,
  openBrowser,
  openReader,
  type Pipeline,
  PLACES,
  type Reader,
  SCRIPT,
  startPipeline,
  xssLine,
} from './browser.ts';
import { type CutLine, cutLine } from './cut-line.ts';
import { HEADER, idOf, lineOf, type TestDashboard, testDashboard } from './test-dashboard.ts';

let browser: Browser;
let dashboard: TestDashboard;
let pipeline: Pipeline;
let address: string;
let lines: { postgres: CutLine; redis: CutLine };
let watching: Promise<void>;
const stop = new AbortController();
/** One window for nearly all tests: to load the page again takes longer than what is looked at. */
let reader: Reader;

async function open(place: string, look?: Look): Promise<Reader> {
  await reader.open(place, look);
  return reader;
}
const closed = (files: number) => closedFiles(dashboard, files);
const rows = (from: number, to: number, o: Parameters<typeof lineOf>[1] = {}) =>
  Array.from({ length: to - from + 1 }, (_, i) => lineOf(from + i, o)).join('');

/** A page that is slow is no fault here. */
const soon = { timeout: 15_000 };
/** Asking again ends the question before: an answer needs its time. */
const askedAnew = { ...soon, interval: 1_000 };

describe.skipIf(browserProgram === undefined)('the page', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    lines = { postgres: await cutLine(inject('postgresUrl')), redis: await cutLine(testRedis().url) };
    [browser, dashboard] = await Promise.all([openBrowser(browserProgram ?? ''), testDashboard({}, lines)]);
    watching = dashboard.watch(stop.signal);
    await dashboard.app.listen({ host: '127.0.0.1', port: 0 });
    address = `http://127.0.0.1:${(dashboard.app.server.address() as AddressInfo).port}`;
    reader = await openReader(browser, address);
    // As the link in a terminal does.
    await reader.page.goto(`${address}${dashboard.link()}`);
    await reader.page.waitForURL(/\/(?:#.*)?$/);
  });

  afterEach(async ({ task }) => {
    // A test that failed leaves no dialog to the next.
    if (task.result?.state !== 'fail') return;
    await reader.page.unrouteAll();
    await reader.page.reload();
  });

  afterAll(async () => {
    await browser?.close();
    await pipeline?.stop();
    stop.abort();
    await watching;
    await dashboard?.close();
    for (const line of Object.values(lines)) await line.close();
  });

  it('a link that logs in leads to the place that was asked for before, once, and to no other site', async () => {
    const visitor = await openReader(browser, address);
    try {
      const { page } = visitor;
      for (const [to, path] of [
        ['//evil.example', 'files'],
        ['/#/fleet', 'fleet'],
        ['/', ''],
      ] as const) {
        // A page that is open would ask again without its cookie, and remember its own place.
        await page.goto('about:blank');
        await page.context().clearCookies();
        if (path === 'files') {
          await page.goto(`${address}/#/files?state=open`);
          await page.getByText('npm run sluice -- dashboard-url').waitFor();
          // Its script runs after its text is there.
          await page.waitForFunction('localStorage.getItem("sluice-wanted") !== null');
        }
        await page.goto(`${address}${dashboard.link()}&to=${encodeURIComponent(to)}`);
        await page.locator(`main[data-path="${path}"]`).waitFor();
        expect(
          page.url().startsWith(`${address}/#/${path}${path === 'files' ? '?state=open' : ''}`) ||
            path === '',
        ).toBe(true);
      }
    } finally {
      await visitor.close();
    }
  });

  it('tells a new installation in one sentence what to do next', async () => {
    const { page, figure, violations } = await open('/');
    expect(await figure('health')).toBe('Nothing to do');
    await page.getByText('Put a CSV file into').waitFor();
    await page.getByText('npm run worker').first().waitFor();
    expect(await violations()).toEqual([]);
  });

  it('shows a refusal with its hint on every page instead of loading without end', async () => {
    const { sql } = dashboard.stores;
    const { page, open: go, figure, violations, complaints } = reader;
    await sql`ALTER TABLE sluice_files RENAME TO away`;
    for (const place of ['/', '/files', '/queues']) {
      await go(place);
      expect(await page.getByRole('alert').innerText()).toContain('npm run sluice -- migrate');
      expect(await figure('health')).toBe('Not known');
    }
    expect(await violations()).toEqual([]);
    await sql`ALTER TABLE away RENAME TO sluice_files`;
    await page.getByRole('button', { name: 'Refresh' }).click();
    await expect.poll(() => figure('health'), soon).toBe('Nothing to do');
    // The browser itself writes down each refusal.
    complaints.length = 0;
  });

  it('shows the figures that SQL finds in the tables', async () => {
    const nulls = Array.from({ length: 3 }, () => 'null,view,p,u,2026-01-02 03:04:05,1,1\n').join('');
    const again = lineOf(1) + lineOf(2, { price: '9.99' });
    dashboard.drop('good.csv', HEADER + rows(1, 30, { type: 'purchase' }) + rows(31, 1100));
    pipeline = await startPipeline(dashboard);
    await closed(1);
    dashboard.drop('bad.csv', `${HEADER}${rows(2001, 2010)}${again}${nulls}short,line\n`);
    dashboard.drop('broken.csv', 'a,b\n1,2\n');
    dashboard.drop(`${IMAGE}.csv`, `${HEADER}${xssLine(3001)}`);
    await closed(4);
    const of = await figuresBySql(dashboard);
    const { page, figure } = await open('/?range=15m');
    const shown: Record<string, number> = {};
    for (const id of Object.keys(of)) shown[id] = Number((await figure(id)).replaceAll(',', ''));
    expect(shown).toEqual(of);
    expect(of).toMatchObject({ rows: 1111, rejects: 4, conflicts: 2, 'null-event-ids': 3, quarantined: 1 });
    const types = page.getByRole('table', { name: 'Rows by event type' });
    expect(await types.getByRole('row', { name: /^purchase/ }).innerText()).toMatch(/\b30\b/);
    // What the health was judged by may be half a second old.
    const forecast = () =>
      page
        .getByRole('button', { name: 'Refresh' })
        .click()
        .then(() => figure('forecast'));
    await expect.poll(forecast, askedAnew).toBe('Nothing waits');
    expect(
      await page.getByRole('table', { name: 'Processes of the fleet' }).getByRole('row').count(),
    ).toBeGreaterThan(2);

    await page.getByRole('link', { name: 'Null event_id' }).click();
    await expect
      .poll(() => page.getByRole('table', { name: 'Rejects' }).getByRole('row').count(), soon)
      .toBe(1 + 3);
    await page.getByRole('link', { name: 'bad.csv' }).first().click();
    await page.getByText('16 records').waitFor();
    expect(await figure('balance')).toBe('16 records = 10 inserted + 2 duplicates + 4 rejects');
  });

  it('shows a span that is drawn in a plot or chosen with keys, and again from its address; a span of several days names both', async () => {
    const { page } = await open('/?range=7d');
    const named = page.getByText(/^\d+ \w+ \d\d:\d\d to \d+ \w+ \d\d:\d\d$/);
    await named.waitFor();
    await page.getByRole('link', { name: '1 h', exact: true }).click();
    await named.waitFor({ state: 'detached' });
    const area = page.locator('sluice-plot .u-over').first();
    const box = await area.boundingBox();
    if (box === null) throw new Error('the plot has no place');
    await page.mouse.move(box.x + box.width / 2, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width, box.y + 40, { steps: 3 });
    await page.mouse.up();
    const span = () =>
      ['from', 'to'].map((name) => Date.parse(new URLSearchParams(page.url().split('?')[1]).get(name) ?? ''));
    const minutes = () => span().reduce((from, to) => Math.round((to - from) / 60_000));
    await expect.poll(minutes, soon).toBe(30);
    const shared = page.url();
    // A key changes the span that is shown, so the one that was drawn has to be.
    await page.getByRole('button', { name: 'Back to the present' }).waitFor();
    await page.getByRole('img', { name: /^Records per second/ }).focus();
    await page.keyboard.press('+');
    await expect.poll(minutes, soon).toBe(15);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.url(), soon).toContain('range=1h');
    await page.goto('about:blank');
    await page.goto(shared);
    await page.getByRole('button', { name: 'Back to the present' }).waitFor();
    expect([page.url(), await reader.figure('inserted')]).toEqual([shared, '1,111']);
    const asked = await page.request.get(
      `${address}/api/series?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z`,
    );
    expect([asked.status(), (await asked.json()).error.hint]).toEqual([
      400,
      expect.stringContaining('from before to'),
    ]);
  });

  it('never runs what stands in a file or its name, and shows it as text', async () => {
    const { page, open: go, complaints } = await open('/files?search=img');
    await page.getByRole('link', { name: `${IMAGE}.csv` }).click();
    await page.getByRole('heading', { name: `${IMAGE}.csv` }).waitFor();
    await go(`/events/${idOf(3001)}`);
    expect(await page.getByText(SCRIPT).count()).toBe(3);
    for (const place of PLACES) await go(place);
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('table', { name: 'Rows by event type' }).getByText(SCRIPT).waitFor();
    expect(await page.evaluate('window.ran')).toBeUndefined();
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('leads to a failed batch, which is retried once the cause is gone, and is gone', async () => {
    const { sql, queues } = dashboard.stores;
    await sql.unsafe(`CREATE FUNCTION deny() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'permission denied' USING ERRCODE = '42501'; END $$;
      CREATE TRIGGER deny BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION deny()`);
    dashboard.drop('denied.csv', HEADER + rows(4001, 4020));
    await waitFor(async () => (await queues.counts('insert')).failed === 1, { what: 'the failed batch' });
    const { page, figure } = await open('/');
    await expect.poll(() => figure('health'), soon).toBe('Stuck');
    expect(await figure('failed-records')).toBe('20');
    await page.getByRole('link', { name: 'denied.csv' }).click();
    await page.getByText('SQLSTATE 42501').first().waitFor();
    await sql`DROP TRIGGER deny ON events`;
    await page.getByRole('button', { name: 'Retry' }).click();
    const dialog = page.getByRole('dialog', { name: 'Retry this job?' });
    await dialog.getByText('with its 20 records').waitFor();
    await dialog.getByRole('button', { name: 'Retry' }).click();
    await page.getByText('1 job is tried again').waitFor();
    await closed(5);
    await page.getByRole('link', { name: 'Failures', exact: true }).click();
    await page.getByText('No job has failed').waitFor();
    expect(
      await sql`SELECT FROM events WHERE product_id = 'p' AND event_id >= ${idOf(4001)} AND event_id <= ${idOf(4020)}`,
    ).toHaveLength(20);
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('row', { name: /local retried 1 failed job .* local@127.0.0.1/ }).waitFor();
  });

  it('reaches the one bad record of a failed batch in three clicks', async () => {
    const { sql, queues } = dashboard.stores;
    await sql.unsafe(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'permission denied' USING ERRCODE = '42501'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW WHEN (NEW.product_id = 'bad') EXECUTE FUNCTION refuse()`);
    dashboard.drop(
      'one.csv',
      HEADER + rows(5001, 5006) + lineOf(5007, { product: 'bad', type: SCRIPT }) + rows(5008, 5020),
    );
    await waitFor(async () => (await queues.counts('insert')).failed === 1, { what: 'the failed batch' });
    const { page, violations, overflow } = await open('/');
    await page.getByRole('link', { name: 'one.csv' }).click();
    await page.getByRole('button', { name: 'Find the bad record' }).click();
    const record = page.locator('[data-record]');
    await record.waitFor();
    expect(await record.innerText()).toContain('Line 8 of one.csv');
    expect(await record.innerText()).toContain(SCRIPT);
    expect(await page.evaluate('document.activeElement.id')).toBe('bad-records');
    expect(await violations()).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await overflow()).toBe(0);
    await record.getByRole('link', { name: 'one.csv' }).click();
    await page.getByRole('heading', { name: 'one.csv' }).waitFor();
    await sql`DROP TRIGGER refuse ON events`;
    await page.getByRole('link', { name: 'Failures', exact: true }).click();
    await page.getByRole('button', { name: 'Retry 1 failed job' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Retry' }).click();
    await closed(6);
  });

  it('rejects a bad record, loads the rest of its batch, and the page of the batch tells so', async () => {
    const { sql, queues } = dashboard.stores;
    await sql.unsafe(`CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW WHEN (NEW.product_id = 'worse')
      EXECUTE FUNCTION refuse()`);
    dashboard.drop(
      'two.csv',
      HEADER + rows(6001, 6001) + lineOf(6002, { product: 'worse' }) + rows(6003, 6003),
    );
    await waitFor(async () => (await queues.counts('insert')).failed === 1, { what: 'the failed batch' });
    const { page, violations, overflow } = await open('/batches');
    await page.getByRole('link', { name: 'failed' }).click();
    await page.getByRole('button', { name: 'Find the bad record' }).click();
    await page.getByRole('button', { name: 'Reject 1 record, load the rest' }).click();
    const dialog = page.getByRole('dialog', { name: 'Reject 1 record?' });
    await dialog.getByRole('button', { name: 'Reject 1 record' }).click();
    await page.getByText('1 record becomes a reject; the rest of the batch is tried again').waitFor();
    await closed(7);
    await sql`DROP TRIGGER refuse ON events`;
    await page.getByRole('link', { name: 'Batches', exact: true }).click();
    const newest = page.getByRole('table', { name: 'Commits, newest first' }).getByRole('row').nth(1);
    await newest.getByRole('link', { name: /^[0-9a-f]{8}$/ }).click();
    await page.getByText('3 records = 2 inserted + 0 duplicates + 1 rejects').waitFor();
    await page
      .getByRole('table', { name: 'Rejects of this batch' })
      .getByText('refused by database')
      .waitFor();
    expect(await violations()).toEqual([]);
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 740 });
      expect([width, await overflow()]).toEqual([width, 0]);
    }
    await page
      .getByRole('table', { name: 'Chunks of this batch' })
      .getByRole('link', { name: 'two.csv' })
      .click();
    await page.getByRole('heading', { name: 'two.csv' }).waitFor();
  });

  it('pauses a queue and has it go on, asking first', async () => {
    const { page } = await open('/queues');
    const insert = page.getByRole('row', { name: /^insert/ });
    await insert.getByRole('button').click();
    await page.keyboard.press('Escape');
    expect(await dashboard.stores.queues.isPaused('insert')).toBe(false);
    for (const [word, paused] of [
      ['Pause', true],
      ['Resume', false],
    ] as const) {
      await insert.getByRole('button', { name: `${word} insert` }).click();
      await page.getByRole('dialog').getByRole('button', { name: word, exact: true }).click();
      await expect.poll(() => dashboard.stores.queues.isPaused('insert'), soon).toBe(paused);
      await insert.getByText(paused ? 'paused' : 'runs').waitFor();
    }
  });

  it.each(['light', 'dark'] as const)('passes axe-core in the %s theme', async (colorScheme) => {
    const { open: go, violations, page } = await open('/', { colorScheme });
    const colour = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(colour).toBe(colorScheme === 'light' ? 'rgb(246, 247, 249)' : 'rgb(15, 18, 22)');
    for (const place of [...PLACES, '/events', '/no/such/page']) {
      await go(place, { colorScheme });
      // Of what a theme changes, in the dark; of all else as well, in the light.
      const found = await violations(colorScheme === 'dark' ? 'color-contrast' : undefined);
      expect({ place, violations: found }).toEqual({ place, violations: [] });
    }
  });

  it('cuts nothing off at 360 px', async () => {
    const { open: go, overflow } = reader;
    for (const place of PLACES) {
      await go(place, { width: 360 });
      expect({ place, overflow: await overflow() }).toEqual({ place, overflow: 0 });
    }
  });

  it('holds minutes and large numbers in their places, and on a phone folds its parts and shows all of the navigation', async () => {
    const { open: go, page, overflow } = reader;
    await page.route('**/api/overview*', async (route) => {
      const response = await route.fetch();
      // Durations become minutes, and counts thousands of millions.
      const json = (await response.text())
        .replaceAll(/"(median|p50|p95|p99)":[\d.e-]+/g, '"$1":754.5')
        .replaceAll(/"(all|inserted|records|rows|count|batches)":[1-9]\d*/g, '"$1":8816042947');
      await route.fulfill({ response, body: json });
    });
    const wide = `[...document.querySelectorAll('main .card, main .tile > *, main td')]
      .filter((one) => one.scrollWidth > one.clientWidth + 1 && !one.closest('.uplot')).map((one) => one.textContent)`;
    for (const width of [1280, 768, 360]) {
      await go('/', { width });
      await page.getByText('12\u202fmin 35\u202fs').first().waitFor();
      if (width === 360) {
        const links = await page
          .getByRole('navigation', { name: 'Pages', exact: true })
          .getByRole('link')
          .all();
        const boxes = await Promise.all(links.map((link) => link.boundingBox()));
        expect(boxes.filter((box) => box === null || box.x < 0 || box.x + box.width > 360)).toEqual([]);
        const backlog = page.locator('[data-figure="forecast"]');
        expect(await backlog.isVisible()).toBe(false);
        await page.getByRole('button', { name: 'Show Backlog' }).click();
        await backlog.waitFor();
        await page.getByRole('button', { name: 'Show the stages' }).click();
      }
      expect([width, await overflow(), await page.evaluate(wide)]).toEqual([width, 0, []]);
    }
    await page.unroute('**/api/overview*');
  });

  it('is walked with the keyboard alone', async () => {
    const { page } = await open('/');
    await page.reload();
    await page.locator('main:not([aria-busy])').waitFor();
    const focused = async () => String(await page.evaluate('document.activeElement.textContent'));
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the figures');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
    for (let i = 0; i < 3; i += 1) await page.keyboard.press('Shift+Tab');
    await page.getByRole('link', { name: 'Queues' }).focus();
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.press('Enter');
    const pause = page.getByRole('button', { name: 'Pause parse' });
    await pause.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Pause the queue parse?' }).waitFor();
    expect(await focused()).toBe('Pause');
    await page.keyboard.press('Escape');
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Pause parse');
  });

  it('says when the dashboard does not answer, keeps what it showed, and comes back', async () => {
    const { page, figure } = await open('/');
    const rows = await figure('rows');
    await page.route('**/api/**', (route) => route.abort());
    await page.getByRole('button', { name: 'Refresh' }).click();
    await expect.poll(() => figure('health'), soon).toBe('The dashboard does not answer');
    await page.getByText('stale: updated').waitFor();
    expect(await figure('rows')).toBe(rows);
    await page.unroute('**/api/**');
    // The quarantined file of this installation needs attention.
    const health = () =>
      page
        .getByRole('button', { name: 'Refresh' })
        .click()
        .then(() => figure('health'));
    await expect.poll(health, askedAnew).toBe('Needs attention');
  });

  it('says which server is away since when, what is lost from sight, and shows it again', async () => {
    const { page, figure, violations } = await open('/');
    const again = page.getByRole('button', { name: 'Refresh' });
    lines.postgres.cut();
    const lost = page.getByText('Lost from sight: batch processing, backlog, data quality and database');
    await waitFor(() => again.click().then(() => lost.isVisible()), { what: 'the outage', everyMs: 1_000 });
    await expect.poll(() => figure('health'), soon).toBe('Stuck');
    await page.getByText(/^PostgreSQL away since \d\d:\d\d:\d\d, for \d+/).waitFor();
    expect(await violations()).toEqual([]);
    lines.postgres.restore();
    await waitFor(() => again.click().then(() => lost.isHidden()), { what: 'its end', everyMs: 1_000 });
    await expect.poll(() => figure('rows'), soon).toMatch(/^1,1\d\d$/);
  });

  it('acknowledges what needs attention, after it has asked, and tells of it no more', async () => {
    const { page, violations } = await open('/');
    const button = page.getByRole('button', { name: 'Acknowledge file_quarantined broken.csv' });
    await button.click();
    expect(await violations()).toEqual([]);
    const dialog = page.getByRole('dialog', { name: 'Acknowledge this?' });
    await dialog.getByRole('button', { name: 'Acknowledge', exact: true }).click();
    await expect.poll(() => button.count(), soon).toBe(0);
    await page.goto(`${address}#/audit`);
    await page.getByText('acknowledged').first().waitFor();
  });

  it('asks again every 10 s, but not while nobody looks', async () => {
    // The last test of this window, for its clock stays turned.
    const { page } = reader;
    await page.goto('about:blank');
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().includes('/api/overview')) asked += 1;
    });
    await page.clock.install();
    await page.goto(address);
    await page.getByText('updated').waitFor();
    expect(asked).toBe(1);
    await page.clock.runFor(10_500);
    await expect.poll(() => asked, soon).toBe(2);
    await page.getByText(/updated [01]\s?s ago/).waitFor();
    await hide(page, true);
    await page.clock.runFor(60_000);
    expect(asked).toBe(2);
    await hide(page, false);
    await expect.poll(() => asked, soon).toBe(3);
  });
});

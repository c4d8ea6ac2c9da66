import { existsSync } from 'node:fs';
import { Fleet, waitFor } from '@sluice/testkit';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { idOf, type TestDashboard } from './test-dashboard.ts';

/** Where distributions put a browser that can be driven. */
const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser of this machine, if it has one. */
export const browserProgram = PROGRAMS.find((program) => existsSync(program));

if (browserProgram === undefined) {
  console.warn('no Chromium on this machine: the tests of the page are skipped (apt-get install chromium)');
}

export async function openBrowser(executablePath: string): Promise<Browser> {
  // Chromium refuses its sandbox to root, as whom containers run.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return await chromium.launch({ executablePath, args });
}

export interface Look {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
}

/** A reader's window. `complaints`: what the page or its Content-Security-Policy had to say against it. */
export interface Reader {
  readonly page: Page;
  readonly complaints: string[];
  /** Opens a place behind the `#` again, and waits for its figures; light and on a desktop unless told. */
  open(place: string, look?: Look): Promise<void>;
  /** The figure of a tile, as it stands there. */
  figure(id: string): Promise<string>;
  /** Pixels by which the page is wider than the window. */
  overflow(): Promise<number>;
  /** What axe-core finds against the page as it stands; of all its rules, or of one. */
  violations(rule?: string): Promise<string[]>;
  close(): Promise<void>;
}

export async function openReader(browser: Browser, address: string): Promise<Reader> {
  const context = await browser.newContext({ timezoneId: 'UTC' });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  const pathOf = (place: string) => place.replace(/^.*#/, '').replace(/^\/|\?.*$/g, '');
  const go = async (place: string) => {
    await page.goto(`${address}/#${place}`);
    const path = pathOf(place);
    await page.locator(`main[data-path="${path}"]:not([aria-busy])`).waitFor();
  };
  return {
    page,
    complaints,
    open: async (place, { colorScheme = 'light', width = 1280 } = {}) => {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      // By way of another page: what it showed before is not taken for what it shows now.
      if (pathOf(page.url()) === pathOf(place)) await go('/elsewhere');
      await go(place);
    },
    figure: async (id) => (await page.locator(`[data-figure="${id}"]`).innerText()).replaceAll('\u202f', ' '),
    overflow: async () => Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth')),
    violations: async (rule) => {
      if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source);
      const options = { resultTypes: ['violations'], ...(rule === undefined ? {} : { runOnly: [rule] }) };
      const found = await page.evaluate(
        `axe.run(document, ${JSON.stringify(options)}).then((r) => r.violations)`,
      );
      return (found as axe.Result[]).map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
      );
    },
    close: () => context.close(),
  };
}

/** A watcher and a worker as processes, in a role of their own that may do no more than it must. */
export interface Pipeline {
  readonly role: string;
  stop(): Promise<void>;
}

export async function startPipeline({ stores: { sql }, env }: TestDashboard): Promise<Pipeline> {
  const role = `loader_${process.pid}`;
  await sql.unsafe(`
    CREATE ROLE ${role} LOGIN PASSWORD 'loader';
    GRANT USAGE ON SCHEMA public TO ${role};
    GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role};
    GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${role}`);
  const url = new URL(env.DATABASE_URL ?? '');
  [url.username, url.password] = [role, 'loader'];
  const fleet = new Fleet({ ...env, DATABASE_URL: url.href });
  fleet.start('watcher');
  fleet.start('worker');
  return {
    role,
    stop: async () => {
      await fleet.stop();
      await sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    },
  };
}

/** What a browser would run if it were markup. */
export const SCRIPT = '<script>window.ran = true</script>';
export const IMAGE = '<img src=x onerror=window.ran=true>';

/** A record with a script wherever a text may stand. */
export function xssLine(n: number): string {
  return `${idOf(n)},${SCRIPT},${SCRIPT},${SCRIPT},2026-01-02 03:04:05,1,1.50\n`;
}

/** Every page that needs no failed job. */
export const PLACES =
  `/ /files /files/1 /batches /rejects /conflicts /quarantine /failures /events/${idOf(1)} /fleet /queues /audit`.split(
    ' ',
  );

/** What the tables have, by the name that the page gives to a figure. */
export async function figuresBySql({ stores: { sql } }: TestDashboard): Promise<Record<string, number>> {
  const [of = {}] = await sql<Record<string, number>[]>`
      SELECT (SELECT count(*) FROM events) AS rows, (SELECT count(*) FROM events) AS inserted,
             (SELECT count(*) FROM sluice_rejects) AS rejects, (SELECT count(*) FROM sluice_conflicts) AS conflicts,
             (SELECT count(*) FROM sluice_rejects WHERE code = 'null_event_id') AS "null-event-ids",
             (SELECT count(*) FROM sluice_commits) AS batches, (SELECT sum(duplicates)::int FROM sluice_files) AS duplicates,
             (SELECT count(*) FROM sluice_files WHERE quarantine IS NOT NULL) AS quarantined, 0 AS "failed-records"`;
  return of;
}

/** Hides the page as another tab would, or shows it again. */
export async function hide(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate(
    `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`,
  );
}

/** Waits until so many files are complete. */
export async function closedFiles({ stores: { sql } }: TestDashboard, files: number): Promise<void> {
  const count = async () => (await sql`SELECT FROM sluice_files WHERE closed_at IS NOT NULL`).length;
  await waitFor(async () => (await count()) >= files, { what: `${files} closed files` });
}

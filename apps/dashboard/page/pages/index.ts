import type { Page } from '../app.ts';
import type { Place } from '../place.ts';
import { auditPage } from './audit.ts';
import { batchPage } from './batch.ts';
import { batchesPage } from './batches.ts';
import { conflictsPage } from './conflicts.ts';
import { eventPage } from './event.ts';
import { failurePage } from './failure.ts';
import { failuresPage } from './failures.ts';
import { feedsPage } from './feeds.ts';
import { filePage } from './file.ts';
import { filesPage } from './files.ts';
import { fleetPage } from './fleet.ts';
import { missingPage } from './missing.ts';
import { overviewPage } from './overview.ts';
import { quarantinePage } from './quarantine.ts';
import { queuesPage } from './queues.ts';
import { rejectPage } from './reject.ts';
import { rejectsPage } from './rejects.ts';

/** The pages by path. `*` stands for one part that the page reads itself, `**` for all that follow. */
const PAGES: Readonly<Record<string, Page>> = {
  '': overviewPage,
  feeds: feedsPage,
  files: filesPage,
  'files/*': filePage,
  batches: batchesPage,
  'batches/*': batchPage,
  rejects: rejectsPage,
  'rejects/*/*': rejectPage,
  conflicts: conflictsPage,
  quarantine: quarantinePage,
  failures: failuresPage,
  'failures/*/*': failurePage,
  events: eventPage,
  'events/**': eventPage,
  fleet: fleetPage,
  queues: queuesPage,
  audit: auditPage,
};

/** The page for a place. */
export function pageAt({ path }: Place): Page {
  const pattern = path.map((part, i) => (i === 0 ? part : '*')).join('/');
  const page = (name: string) => (Object.hasOwn(PAGES, name) ? PAGES[name] : undefined);
  return page(pattern) ?? page(`${path[0]}/**`) ?? missingPage;
}

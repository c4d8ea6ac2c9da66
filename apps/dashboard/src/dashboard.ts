import type { FeedStores } from '@sluice/pipeline';
import type { Access } from './access/access.ts';
import type { HealthWatch } from './health-watch.ts';
import type { ServerWatch } from './server-watch.ts';

/** What the routes need to work. */
export interface Dashboard {
  /** The stores for reading what is shown. */
  readonly stores: FeedStores;
  /** The stores for actions, with the role of DATABASE_URL. */
  readonly acting: FeedStores;
  readonly servers: ServerWatch;
  readonly health: HealthWatch;
  readonly access: Access;
}

import type { Stores } from '@sluice/pipeline';
import type { Access } from './access/access.ts';
import type { HealthWatch } from './health-watch.ts';
import type { ServerWatch } from './server-watch.ts';

/** What the routes work with. */
export interface Dashboard {
  /** What is shown is read with these. */
  readonly stores: Stores;
  /** What is done is done with these, by the role of DATABASE_URL. */
  readonly acting: Stores;
  readonly servers: ServerWatch;
  readonly health: HealthWatch;
  readonly access: Access;
}

import type { FastifyInstance } from 'fastify';
import type { Dashboard } from '../dashboard.ts';
import { pauseRoute, replayRoute, resumeRoute, retryRoute } from './actions.ts';
import { auditRoute } from './audit.ts';
import { conflictsRoute } from './conflicts.ts';
import { eventRoute, rowRoute } from './events.ts';
import { batchRecordsRoute, failureRoute, failuresRoute } from './failures.ts';
import { feedsRoute } from './feeds.ts';
import { fileRoute, filesRoute, quarantineRoute } from './files.ts';
import { findRoute, rejectRoute } from './find.ts';
import { fleetRoute } from './fleet.ts';
import { openApi } from './openapi.ts';
import { overviewRoute } from './overview.ts';
import { queuesRoute } from './queues.ts';
import { rejectsRoute } from './rejects.ts';
import { type AnyRoute, addRoute } from './route.ts';
import { seriesRoute } from './series.ts';
import { sessionRoute } from './session.ts';

/**
 * Every route of the API.
 *
 * @public for the test that tries each route with each role
 */
export const ROUTES: readonly AnyRoute[] = [
  overviewRoute,
  seriesRoute,
  feedsRoute,
  fleetRoute,
  filesRoute,
  fileRoute,
  rejectsRoute,
  quarantineRoute,
  conflictsRoute,
  rowRoute,
  eventRoute,
  failuresRoute,
  failureRoute,
  batchRecordsRoute,
  queuesRoute,
  auditRoute,
  sessionRoute,
  retryRoute,
  replayRoute,
  pauseRoute,
  resumeRoute,
  findRoute,
  rejectRoute,
];

export function addApi(app: FastifyInstance, dashboard: Dashboard): void {
  for (const route of ROUTES) addRoute(app, route, dashboard);
  const document = openApi(ROUTES);
  app.get(
    '/api/openapi.json',
    async (_, reply) => await reply.header('cache-control', 'no-store').send(document),
  );
}

import type { FastifyInstance } from 'fastify';
import type { Dashboard } from '../dashboard.ts';
import { ackRoute, pauseRoute, replayRoute, resumeRoute, retryRoute } from './actions.ts';
import { auditRoute } from './audit.ts';
import { batchesRoute, batchRoute } from './batches.ts';
import { conflictsRoute } from './conflicts.ts';
import { correctRoute, exportRoute, rejectFormRoute } from './corrections.ts';
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

/** Every route of the API, by the operation id that clients call it by. */
const OPERATIONS = {
  getOverview: overviewRoute,
  getSeries: seriesRoute,
  listFeeds: feedsRoute,
  getFleet: fleetRoute,
  listFiles: filesRoute,
  getFile: fileRoute,
  listBatches: batchesRoute,
  getBatch: batchRoute,
  listRejects: rejectsRoute,
  getReject: rejectFormRoute,
  exportRejects: exportRoute,
  listQuarantinedFiles: quarantineRoute,
  listConflicts: conflictsRoute,
  findRow: rowRoute,
  getEvent: eventRoute,
  listFailures: failuresRoute,
  getFailure: failureRoute,
  listBatchRecords: batchRecordsRoute,
  listQueues: queuesRoute,
  listAudit: auditRoute,
  getSession: sessionRoute,
  retryJobs: retryRoute,
  correctReject: correctRoute,
  replayFile: replayRoute,
  acknowledgeReason: ackRoute,
  pauseQueue: pauseRoute,
  resumeQueue: resumeRoute,
  findBadRecords: findRoute,
  rejectBadRecord: rejectRoute,
} satisfies Readonly<Record<string, AnyRoute>>;

/** @public for the tests that try each route */
export const ROUTES: readonly AnyRoute[] = Object.values(OPERATIONS);

export function addApi(app: FastifyInstance, dashboard: Dashboard): void {
  for (const route of ROUTES) addRoute(app, route, dashboard);
  const document = openApi(OPERATIONS);
  app.get(
    '/api/openapi.json',
    { config: { query: [] } },
    async (_, reply) => await reply.header('cache-control', 'no-store').send(document),
  );
}

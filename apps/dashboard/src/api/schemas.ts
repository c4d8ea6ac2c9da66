/**
 * Every request and answer of the API. Names are camelCase, times are ISO 8601 in UTC, ages and latencies are in seconds, sizes
 * in bytes, and rates per second. The routes are in {@link file://./routes.ts}. The OpenAPI document is made from both.
 *
 * | GET | answer |
 * |---|---|
 * | /api/overview?range&feed | overview |
 * | /api/series?range&feed | series |
 * | /api/feeds | feedList |
 * | /api/fleet | fleet |
 * | /api/files?feed&search&state&cursor | fileList |
 * | /api/files/{fileNo} | filePage |
 * | /api/batches?feed&cursor | batchList |
 * | /api/batches/{batch} | batchPage |
 * | /api/rejects?feed&file&reason&since&cursor | rejectList |
 * | /api/rejects/{fileNo}/{line} | rejectForm |
 * | /api/rejects.csv?feed&file&reason&since&spreadsheet | a file of CSV |
 * | /api/quarantine?feed&cursor | quarantineList |
 * | /api/conflicts?feed&file&cursor | conflictList |
 * | /api/events?feed&key | passport |
 * | /api/events/{id} | passport |
 * | /api/failures | failures |
 * | /api/failures/{queue}/{job} | failurePage |
 * | /api/failures/{queue}/{job}/records | batchRecords |
 * | /api/queues | queues |
 * | /api/audit?cursor | auditList |
 * | /api/session | session |
 * | /api/openapi.json | the document |
 *
 * | POST (operator; header `x-sluice-csrf` with the session's token) | body | answer |
 * |---|---|---|
 * | /api/actions/retry | retryOrder | done |
 * | /api/actions/correct | correctOrder | corrected |
 * | /api/actions/replay | replayOrder | done |
 * | /api/actions/pause, /api/actions/resume | queueOrder | done |
 * | /api/actions/ack | ackOrder | done |
 * | /api/actions/find | jobOrder | found |
 * | /api/actions/reject | rejectOrder | done |
 *
 * Each route may answer `failure` instead: 400 invalid request, 401 not logged in, 403 not allowed, 404 not found, 409 cannot be
 * done now, 429 too many, 503 a server is away (`since`). Only /api/overview answers while servers are away. It then has null
 * for what it could not read.
 */
export * from './schemas/basics.ts';
export * from './schemas/batches.ts';
export * from './schemas/events.ts';
export * from './schemas/failures.ts';
export * from './schemas/feeds.ts';
export * from './schemas/files.ts';
export * from './schemas/fleet.ts';
export * from './schemas/operations.ts';
export * from './schemas/overview.ts';
export * from './schemas/rejects.ts';
export * from './schemas/series.ts';

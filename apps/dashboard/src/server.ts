import { writeAudit } from '@sluice/ledger';
import type { FeedStores } from '@sluice/pipeline';
import { limitedServer } from '@sluice/process';
import fastify, { type FastifyInstance } from 'fastify';
import { Access } from './access/access.ts';
import { guard } from './access/guard.ts';
import { addLogin } from './access/login.ts';
import { Alerts } from './alerts.ts';
import { tellRefusal, tellRefusals } from './api/refusal.ts';
import { addApi } from './api/routes.ts';
import { addBoard } from './board.ts';
import { compressAnswers } from './compression.ts';
import type { Dashboard } from './dashboard.ts';
import { addHeaders, BARE_HEADERS } from './headers.ts';
import { HealthWatch } from './health-watch.ts';
import { addMetrics } from './metrics.ts';
import { otherMethods } from './other-methods.ts';
import { servePage } from './page.ts';
import { builtScript } from './page-script.ts';
import { addProbes } from './probes.ts';
import { readerOf } from './reader.ts';
import { ServerWatch } from './server-watch.ts';

const BODY_BYTES = 64 * 1024;
const CONNECT_WITHIN_MS = 2_000;

/** A dashboard that is ready to listen. `watch` watches the servers and the health until its signal fires. */
export interface OpenDashboard {
  readonly app: FastifyInstance;
  readonly access: Access;
  watch(stopping: AbortSignal): Promise<void>;
}

/** Builds the dashboard: first the guard, then the page, API, metrics, probes and Bull Board. */
export async function openDashboard(acting: FeedStores): Promise<OpenDashboard> {
  const { config, log } = acting;
  const stores = readerOf(acting);
  const servers = new ServerWatch(stores);
  const access = await Access.open(config, log, (entry) =>
    servers.ask('postgres', () => writeAudit(acting.sql, entry)),
  );
  const alerts = new Alerts(config.alertWebhook, log);
  const health = new HealthWatch(stores, servers, (now, before) => alerts.tell(now, before));
  const dashboard: Dashboard = { stores, acting, servers, health, access };
  const app = fastify({
    bodyLimit: BODY_BYTES,
    forceCloseConnections: true,
    trustProxy: config.trustProxy === 'off' ? false : config.trustProxy,
    serverFactory: (listener) => limitedServer(listener),
    routerOptions: { maxParamLength: 1500 },
    frameworkErrors: (error, _, reply) => void tellRefusal(reply.headers(BARE_HEADERS), error),
  });
  if (stores.sql !== acting.sql) app.addHook('onClose', () => stores.sql.end({ timeout: 5 }));
  tellRefusals(app, log);
  await addHeaders(app);
  compressAnswers(app);
  guard(app, access);
  const refuseOtherMethods = otherMethods(app);
  addLogin(app, access);
  addApi(app, dashboard);
  addMetrics(app, dashboard);
  addProbes(app, dashboard);
  await addBoard(app, dashboard);
  servePage(app, builtScript());
  refuseOtherMethods();
  // A connection that is still being set up is not an outage.
  await stores.redis.untilReady(AbortSignal.timeout(CONNECT_WITHIN_MS)).catch(() => undefined);
  await servers.look();
  return {
    app,
    access,
    watch: async (stopping) => {
      await Promise.all([servers.probe(stopping), health.watch(stopping)]);
    },
  };
}

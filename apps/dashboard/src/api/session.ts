import { version } from '@sluice/process';
import { route } from './route.ts';
import { session } from './schemas.ts';

export const sessionRoute = route({
  method: 'GET',
  path: '/api/session',
  summary: 'Who asks, and what he may do',
  answer: session,
  answerTo: async ({ visitor }, { access, stores: { config } }) => ({
    user: visitor.name,
    role: visitor.role,
    values: visitor.values,
    readOnly: access.readOnly,
    mayAct: visitor.mayAct,
    loggedIn: visitor.by === 'session',
    csrf: visitor.csrf,
    version,
    alerts: config.alertWebhook !== undefined,
    eventsTable: config.eventsTable,
    sourceDir: config.sourceDir,
  }),
});

import { runApp } from '@sluice/process';
import { groundOf, type JsonTarget, tell } from '../result.ts';
import { type Needs, type Servers, withServers } from '../servers.ts';

/** Starts servers, measures with them, and tells the result: as JSON under the yardstick's name, and as a page for people. */
export function measuring<Result>(
  name: string,
  json: JsonTarget,
  measure: (servers: Servers) => Promise<Result>,
  page: (result: Result) => string,
  needs: Needs = {},
): Promise<void> {
  return runApp(
    'bench',
    {},
    (app) =>
      withServers(app, needs, async (servers) => {
        const result = await measure(servers);
        tell(json, groundOf(servers), { [name]: result }, page(result));
      }),
    { logTo: 2 },
  );
}

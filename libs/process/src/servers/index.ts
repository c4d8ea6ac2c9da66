export { isFreePort } from './ports.ts';
export { type PostgresOptions, startPostgres } from './postgres.ts';
export { type RedisOptions, startRedis } from './redis.ts';
export type { RunningServer } from './running-server.ts';
export { ServerStartError } from './start-failure.ts';
export { type RunningServers, type StartServersOptions, startServers } from './start-servers.ts';
export { readServersState, type ServerAddress, type ServersState } from './state.ts';

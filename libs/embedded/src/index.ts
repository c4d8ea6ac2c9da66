export { isFreePort } from './ports.ts';
export { startPostgres } from './postgres.ts';
export { findInstalledPostgres, type PostgresProgram } from './postgres-program.ts';
export { startRedis } from './redis.ts';
export type { RunningServer } from './running-server.ts';
export { startServers } from './start-servers.ts';

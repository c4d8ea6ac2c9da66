export { databaseAddress, ownerAddress, type ServerAddresses, serverAddresses } from './addresses.ts';
export { type Config, ConfigError, type Flags, loadConfig } from './config.ts';
export { type Door, readDoor } from './door.ts';
export { HEAP_FLAGS } from './heap.ts';
export { limitedServer } from './http-server.ts';
export { KILL_POINTS, type KillPoint, killPoint, onKillPoint } from './kill-points.ts';
export { type App, runApp } from './lifecycle.ts';
export { dashboardAddress, makeLink, noteAddress, useLink } from './link.ts';
export { createLogger, type Logger, prettyLine } from './logger.ts';
export type { Metrics } from './metrics.ts';
export { serveMetrics } from './metrics-server.ts';
export { isPassword, passwordFault, SHORTEST_PASSWORD } from './passwords.ts';
export { type PostgresTls, parametersOf, postgresTls } from './postgres-tls.ts';
export { ALIVE, type ProbeAnswer, type Readiness, readyAnswer } from './probes.ts';
export { Figures } from './process-figures.ts';
export { type RedisTlsSettings, redisTls } from './redis-tls.ts';
export { isOpenToOthers } from './secret-files.ts';
export { hideSecrets, hideSecretsOf, knowSecretsOf } from './secrets.ts';
export {
  isFreePort,
  type RunningServer,
  readServersState,
  startPostgres,
  startRedis,
  startServers,
} from './servers/index.ts';
export { type SettingKey, settings } from './settings.ts';
export { TLS_NOT_OFFERED, type TlsNames, type TlsRefusal, tlsRefusal } from './tls-refusal.ts';
export { parseDuration, parseSize, printDuration, printLimit, printSize } from './units.ts';
export {
  bearerOf,
  isUserName,
  makeToken,
  makeUser,
  type Rights,
  readUsers,
  USER_NAME_ALLOWED,
  USER_ROLES,
  type User,
  type UserRole,
  UsersFileError,
  writeUsers,
} from './users.ts';
export { version } from './version.ts';

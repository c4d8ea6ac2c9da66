export { databaseAddress, ownerAddress, type ServerAddresses, serverAddresses } from './addresses.ts';
export { type Config, ConfigError, type Flags, loadConfig } from './config.ts';
export { codeOf, ErrorWithHint, messageOf } from './errors.ts';
export { fileTrouble } from './file-trouble.ts';
export { readIfPresent, writeAtomically } from './files.ts';
export { forPeople, widthOf } from './fold.ts';
export { limitedServer } from './http-server.ts';
export { KILL_POINTS, type KillPoint, killPoint } from './kill-points.ts';
export { type App, runApp } from './lifecycle.ts';
export { createLogger, type Logger, prettyLine } from './logger.ts';
export { makeFolder, makeFolderOf } from './make-folder.ts';
export type { Metrics } from './metrics.ts';
export { metricsAddress, serveMetrics } from './metrics-server.ts';
export { HEAP_FLAGS, THREADS } from './node-limits.ts';
export { passwordFault, SHORTEST_PASSWORD } from './password-fault.ts';
export { type PostgresTls, parametersOf, postgresTls } from './postgres-tls.ts';
export { ALIVE, type ProbeAnswer, queryFault, type Readiness, readyAnswer } from './probes.ts';
export { Figures } from './process-figures.ts';
export { type RedisTlsSettings, redisTls } from './redis-tls.ts';
export { passwordNow } from './renewed.ts';
export { isOpenToOthers } from './secret-files.ts';
export { hideSecrets, hideSecretsOf, knowSecretsOf } from './secrets.ts';
export {
  isServerOf,
  ownerIsAlive,
  readServersState,
  removeServersState,
  type ServerAddress,
  type ServersState,
  writeServersState,
} from './servers-state.ts';
export { settingText } from './setting-text.ts';
export { delimiter, tableName, timeZone } from './setting-values.ts';
export { type SettingKey, settings } from './settings.ts';
export { counted, took } from './stage-tallies.ts';
export { TLS_NOT_OFFERED, type TlsNames, type TlsRefusal, tlsRefusal } from './tls-refusal.ts';
export { type TracedFile, tracing } from './tracing.ts';
export {
  countSchema,
  durationOrSchema,
  durationSchema,
  limitOrSchema,
  parseDuration,
  printDuration,
  printLimit,
  printSize,
} from './units.ts';
export { version } from './version.ts';

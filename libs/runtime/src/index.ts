export { NoServerError, type ServerAddresses, serverAddresses } from './addresses.ts';
export { type Config, ConfigError, type Flags, loadConfig, type Origin } from './config.ts';
export { type App, runApp } from './lifecycle.ts';
export { createLogger, type Logger } from './logger.ts';
export { hideSecrets } from './secrets.ts';
export * from './servers/index.ts';
export { type LogLevel, type Setting, type SettingKey, settings } from './settings.ts';
export { parseDuration, parseSize, printDuration, printSize } from './units.ts';
export { version } from './version.ts';

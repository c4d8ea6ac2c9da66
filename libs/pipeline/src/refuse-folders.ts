import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { type Config, ConfigError, codeOf } from '@sluice/process';

/**
 * Refuses a source folder that is also a target of clean-up, because cleaned files would be found again. Links are followed.
 *
 * @throws {ConfigError} that names both settings
 */
export async function refuseFolders(
  config: Pick<Config, 'sourceDir' | 'archiveDir' | 'quarantineDir'>,
): Promise<void> {
  const [source, archive, quarantine] = await Promise.all([
    realPath(config.sourceDir),
    realPath(config.archiveDir),
    realPath(config.quarantineDir),
  ]);
  const refuse = (setting: string): never => {
    throw new ConfigError(
      `SOURCE_DIR: ${config.sourceDir} is a folder that ${setting} puts cleaned files into: set one of them to another folder`,
    );
  };
  const day = /^\d{4}[\\/]\d{2}[\\/]\d{2}$/;
  if (source === archive || day.test(relative(archive, source))) refuse('ARCHIVE_DIR');
  if (source === quarantine) refuse('QUARANTINE_DIR');
}

/** The path without links of a folder that may not exist yet. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const missing = codeOf(error) === 'ENOENT';
    if (!missing || dirname(path) === path) throw error;
    return join(await realPath(dirname(path)), basename(path));
  }
}

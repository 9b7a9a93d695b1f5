import { join } from 'node:path'
import { databaseFile } from '../config/database-url.ts'
import type { Settings } from '../config/settings.ts'

/** The database file of the record, absolute. */
export const recordPath = (settings: Settings, stateDirectory: string): string =>
  databaseFile(settings.values.databaseUrl, settings.directory) ??
  join(stateDirectory, 'datacline.db')

import { join } from 'node:path';
import { readSqlFiles, Schema } from '@mpp/platform';
import { MIGRATIONS } from './migrations/index.js';
import { RIGHTS } from './migrations/rights.js';

/** The schema of this build. The build copies the SQL files beside the compiled libs. */
export const SCHEMA = new Schema(MIGRATIONS, readSqlFiles(join(import.meta.dirname, '../..')), RIGHTS);

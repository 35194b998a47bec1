import { MIGRATIONS } from '../../apps/mpp-server/migrations/index.js';

export const migrations = MIGRATIONS;

import type { Database } from '@mpp/platform';

export type Used = Database;

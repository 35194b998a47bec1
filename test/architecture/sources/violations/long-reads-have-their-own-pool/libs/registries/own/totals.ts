import { BackgroundWork, Database } from '@mpp/platform';

export const used = [BackgroundWork, Database];

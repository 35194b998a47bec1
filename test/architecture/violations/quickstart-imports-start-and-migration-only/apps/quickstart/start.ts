import { AppModule } from '../mpp-server/app.module.js';

export const inside = AppModule;

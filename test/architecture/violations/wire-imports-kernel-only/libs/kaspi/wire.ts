import { KaspiClient } from './kaspi-client.js';

export const client = KaspiClient;

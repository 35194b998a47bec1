import { Settings } from '../../config/index.js';
import { KaspiClient } from '../../libs/kaspi/index.js';

export const borrowed = [Settings, KaspiClient];

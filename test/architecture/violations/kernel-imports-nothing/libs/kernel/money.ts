import { randomInt } from 'node:crypto';
import { Settings } from '../../config/index.js';
import { DateTime } from 'luxon';

export const money = [randomInt, Settings, DateTime];

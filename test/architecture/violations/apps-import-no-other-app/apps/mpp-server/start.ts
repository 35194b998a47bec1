import { startSimulator } from '../kaspi-simulator/start.js';

export const simulator = startSimulator;

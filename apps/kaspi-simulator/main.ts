import 'reflect-metadata';
import '../../config/running.js';
import { readSettings } from './settings.js';
import { startSimulator } from './start.js';

try {
  const simulator = await startSimulator(readSettings(process.env));
  process.stdout.write(`Kaspi Pay simulator: ${simulator.url}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.stop());
} catch (error) {
  process.stderr.write(`The simulator cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

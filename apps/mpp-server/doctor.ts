import 'reflect-metadata';
import '../../config/running.js';
import { printLine, runCommand } from './command-line.js';
import { checkCertificates } from './doctor/certificates.js';
import { checkClock } from './doctor/clock.js';
import { checkDatabase } from './doctor/database.js';
import { checkListeners } from './doctor/listeners.js';
import { checkPeers } from './doctor/peers.js';
import { checkRegistries } from './doctor/registries.js';
import { type Finding, lineOf, summaryOf } from './doctor/report.js';
import { readSettings } from './doctor/settings.js';

/** Exit codes. */
const WELL = 0;
const FAILED = 1;

/**
 * Checks the settings and everything that they name, prints a line for each, and changes nothing. All checks run at once, and their
 * lines have a fixed order. Returns the exit code.
 */
async function main(): Promise<number> {
  const { findings: ofSettings, all, database } = readSettings(process.env);
  const checks: Promise<Finding | Finding[]>[] = [];
  if (database !== null) checks.push(checkDatabase(database), checkClock(database));
  if (all !== null) {
    checks.push(...checkPeers(all), ...checkListeners(all), ...checkCertificates(all), ...checkRegistries(all));
  } else {
    const text = 'they need settings that are valid';
    checks.push(Promise.resolve({ verdict: 'skip', thing: 'other checks', text }));
  }
  const findings: Finding[] = [];
  for (const next of [ofSettings, ...checks]) {
    const found = [await next].flat();
    for (const finding of found) printLine(lineOf(finding));
    findings.push(...found);
  }
  printLine(summaryOf(findings));
  return findings.some(({ verdict }) => verdict === 'FAIL') ? FAILED : WELL;
}

runCommand(main, FAILED);

import { CannotStart } from '../cannot-start.js';

/** The command line of `npm start`. */
export interface Arguments {
  readonly help: boolean;
  /** `http`: the simulator's core keeps the customers' accounts. Null: the own ledger, or the core of CORE_BANKING_URL. */
  readonly core: 'http' | null;
}

export const USAGE = `Usage: npm start [-- --core=http]

Starts the server, and a PostgreSQL, a Kaspi Pay simulator and a first customer with money unless variables replace them.

  --core=http  keeps the customers' accounts in a simulated bank's core instead of the own ledger
  -h, --help   prints this and starts nothing

Settings are environment variables; docs/settings.md has all of them.
`;

/** Throws {@link CannotStart} for an unknown argument. */
export function readArguments(given: readonly string[]): Arguments {
  let [help, core]: [boolean, Arguments['core']] = [false, null];
  for (const argument of given) {
    if (argument === '-h' || argument === '--help') help = true;
    else if (argument === '--core=http') core = 'http';
    else throw new CannotStart(describeProblem(argument));
  }
  return { help, core };
}

function describeProblem(argument: string): string {
  if (/^--core(=|$)/.test(argument)) return `${argument}: the only core that can be simulated is --core=http`;
  return `${argument}: there is no such argument; npm start -- --help lists all arguments`;
}

import { CannotStart } from './cannot-start.js';

/** What the person at the keyboard asks for. */
export interface Arguments {
  readonly help: boolean;
  /** `http`: a stand-in core in the simulator keeps the customers' accounts. Null: the server's own ledger, or CORE_BANKING_URL. */
  readonly core: 'http' | null;
}

export const USAGE = `Usage: npm start [-- --core=http]

Starts the server and supplies what no variable names: a PostgreSQL, a Kaspi Pay simulator, a first customer with money.

  --core=http  a stand-in for a bank's core, at the simulator, keeps the customers' accounts instead of the own ledger
  -h, --help   prints this and starts nothing

Settings are environment variables; docs/settings.md has all of them.
`;

/** Throws {@link CannotStart} for what it does not know. */
export function readArguments(given: readonly string[]): Arguments {
  let [help, core]: [boolean, Arguments['core']] = [false, null];
  for (const argument of given) {
    if (argument === '-h' || argument === '--help') help = true;
    else if (argument === '--core=http') core = 'http';
    else throw new CannotStart(problemOf(argument));
  }
  return { help, core };
}

function problemOf(argument: string): string {
  if (/^--core(=|$)/.test(argument)) return `${argument}: the only core that can be supplied is --core=http`;
  return `${argument}: there is no such argument; npm start -- --help lists those that there are`;
}

/** A call of a SQL function with named arguments, for `query(…)`; the column is `result`. */
export function callOf(name: string, args: Readonly<Record<string, unknown>>): [sql: string, parameters: unknown[]] {
  return [`select ${invocation(name, args)} as result`, Object.values(args)];
}

/** A call of an SQL function that returns rows: the listed columns of each. */
export function rowsOf(
  name: string,
  args: Readonly<Record<string, unknown>>,
  columns = '*',
): [sql: string, parameters: unknown[]] {
  return [`select ${columns} from ${invocation(name, args)}`, Object.values(args)];
}

function invocation(name: string, args: Readonly<Record<string, unknown>>): string {
  return `${name}(${Object.keys(args)
    .map((arg, index) => `${arg} => $${index + 1}`)
    .join(', ')})`;
}

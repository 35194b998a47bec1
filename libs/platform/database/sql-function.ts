/** A call of a SQL function with named arguments, for `query(…)`; the column is `result`. */
export function callOf(name: string, args: Readonly<Record<string, unknown>>): [sql: string, parameters: unknown[]] {
  const named = Object.keys(args).map((arg, index) => `${arg} => $${index + 1}`);
  return [`select ${name}(${named.join(', ')}) as result`, Object.values(args)];
}

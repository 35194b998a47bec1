const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gsy;
const BLANKS = /\s*/y;

interface Open {
  /** Null for an array. */
  readonly values: Map<string, string> | null;
  readonly path: string;
  /** The name of the value that is read; null before a name. */
  name: string | null;
  valueAt: number;
}

/**
 * The names that an object of the JSON text has twice with different values, as paths like `result.resultCode`: JSON.parse keeps the last value,
 * other readers the first. An element of an array has the path of the array. The text must be JSON. Source: R6.
 */
export function ambiguousNames(text: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open: Open[] = [];
  const endValue = (at: number) => {
    const object = open.at(-1);
    if (object?.values == null || object.name === null) return;
    const value = text.slice(object.valueAt, at).trim();
    const earlier = object.values.get(object.name);
    if (earlier !== undefined && earlier !== value) found.add(pathIn(object));
    object.values.set(object.name, value);
    object.name = null;
  };
  for (const { token, at } of tokensOf(text)) {
    const parent = open.at(-1);
    if (token === '{' || token === '[') {
      open.push({
        values: token === '{' ? new Map() : null,
        path: parent ? pathIn(parent) : '',
        name: null,
        valueAt: at,
      });
    } else if (token === '}' || token === ']') {
      endValue(at);
      open.pop();
    } else if (token === ',') endValue(at);
    else if (token === ':') {
      if (parent) parent.valueAt = at + 1;
    } else if (parent?.values != null && parent.name === null && token.startsWith('"')) {
      parent.name = JSON.parse(token) as string;
    }
  }
  return found;
}

function pathIn({ path, name }: Open): string {
  return name === null ? path : path === '' ? name : `${path}.${name}`;
}

function* tokensOf(text: string): Generator<{ readonly token: string; readonly at: number }> {
  for (let at = 0; at < text.length; ) {
    BLANKS.lastIndex = at;
    BLANKS.exec(text);
    at = BLANKS.lastIndex;
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) return;
    yield { token, at };
    at += token.length;
  }
}

/** A place in a JSON value, as its names in order; no names mean the whole. */
export type Path = readonly string[];

/** Reads a dotted path; "$" is the whole, and a leading "$." may stand. */
export function parsePath(text: string): Path {
  if (text === '$') return [];
  return (text.startsWith('$.') ? text.slice(2) : text).split('.');
}

/**
 * What stands at a path: undefined where it is absent, null where it or something above it is null.
 * Only own properties count, so that `constructor` or `__proto__` finds nothing that the source did not send.
 */
export function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const name of path) {
    if (at === null) return null;
    if (typeof at !== 'object' || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

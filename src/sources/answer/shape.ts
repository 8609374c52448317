/** How many shapes are remembered: records differ by the few fields that a source leaves out when they are empty. */
const remembered = 16;

/**
 * Remembers what was worked out for a set of names, because nearly all records have the names of one before.
 * Comparing names in order costs far less than looking each one up.
 */
export function byShape<T>(workOut: (names: readonly string[]) => T): (record: object) => T {
  const shapes: { names: readonly string[]; found: T }[] = [];
  return (record) => {
    for (let i = 0; i < shapes.length; i += 1) {
      const shape = shapes[i] as { names: readonly string[]; found: T };
      if (hasNames(record, shape.names)) return shape.found;
    }
    const names = Object.keys(record);
    const found = workOut(names);
    shapes.unshift({ names, found });
    if (shapes.length > remembered) shapes.pop();
    return found;
  };
}

function hasNames(record: object, names: readonly string[]): boolean {
  let i = 0;
  for (const name in record) {
    if (name !== names[i]) return false;
    i += 1;
  }
  return i === names.length;
}

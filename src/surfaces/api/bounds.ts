type Schema = Record<string, unknown>;

/** What any text, list and whole number has at most, where nothing narrower is said. */
const [mostText, mostItems, mostWhole] = [10_000, 100_000, 999_999_999];
const bounding = ['enum', 'const'];

/**
 * A schema in which every text, list and whole number has bounds, so that a reader knows what to expect, and what is sent here is
 * held to them (OWASP API4:2023).
 */
export function bounded<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(bounded) as T;
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, kept.has(name) ? part : bounded(part)]));
  return { ...inner, ...boundsOf(inner) } as T;
}

/** Members of a schema that hold values, not schemas. */
const kept = new Set(['examples', 'example', 'default', 'enum', 'const', 'required', 'tags', 'security']);

function boundsOf(schema: Schema): Schema {
  const types = [schema.type].flat();
  const open = !bounding.some((word) => word in schema);
  const missing = (bounds: Schema) => Object.fromEntries(Object.entries(bounds).filter(([name]) => !(name in schema)));
  return {
    ...(open && types.includes('string') ? missing({ maxLength: mostText }) : {}),
    ...(open && types.includes('integer') ? missing({ format: 'int64', minimum: -mostWhole, maximum: mostWhole }) : {}),
    ...(types.includes('array') ? missing({ maxItems: mostItems }) : {}),
  };
}

import { type DateFormat, parsePartialDate } from '../../../src/core/dates';
import { parsePhone } from '../../../src/core/text';
import type { Mapping } from '../../../src/simulator/services/mappings';

/** A service's record read by its mapping, in a few lines that share nothing with the product's reader. */
export function mapped(row: any, fields: Readonly<Record<string, Mapping>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, mapping]) => [name, readOne(row, name, mapping)]));
}

function readOne(row: any, name: string, mapping: Mapping): unknown {
  const { from, format, values } = typeof mapping === 'string' ? { from: mapping, format: undefined, values: undefined } : mapping;
  const raw = from.split('.').reduce((at, key) => at[key], row);
  if (raw === '' || raw === null) return null;
  if (values) return values[raw];
  if (format) return parsePartialDate(raw, format as DateFormat);
  return name === 'phone' ? parsePhone(raw) : raw;
}

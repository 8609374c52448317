import type { FieldPlan } from '../../agreements/fields';
import type { Field } from '../../agreements/language';
import type { DateFormat } from '../../core/dates';
import type { FieldMapping, SourceConfig } from '../configure/config';
import { type Path, parsePath, valueAt } from './lookup';
import { byShape } from './shape';

/** A dataset's field mappings, made ready for a million records. */
export interface Mapper {
  /**
   * The raw values in the order of the dataset's fields: undefined where the source's record lacks the place,
   * null where it stands empty or the field is not mapped at all. Undefined altogether if it is no record.
   */
  map(record: unknown): unknown[] | undefined;
  /** By field, how its dates are written. */
  formats: readonly DateFormat[];
  /** By field, whether the source gives it. */
  mapped: readonly boolean[];
}

type Refine = (value: unknown) => unknown;

export function compileMapping(fields: SourceConfig['fields'], plan: FieldPlan): Mapper {
  const mappings = plan.names.map((name) => (Object.hasOwn(fields, name) ? fields[name] : undefined));
  const paths = mappings.map((m) => (m === undefined ? undefined : parsePath(pathOf(m))));
  const refines = mappings.map((m, i) => (m === undefined || typeof m === 'string' ? undefined : refiner(m, plan.fields[i] as Field)));
  // By field, where its first name stands among the record's own values; -1 for absent, so that nothing inherited is found.
  const positions = byShape((names) => paths.map((path) => (path?.[0] === undefined ? -1 : names.indexOf(path[0]))));
  const length = mappings.length;

  return {
    formats: mappings.map((m) => (typeof m === 'object' && m.format) || 'yyyy-MM-dd'),
    mapped: mappings.map((m) => m !== undefined),
    map: (record) => {
      if (typeof record !== 'object' || record === null || Array.isArray(record)) return undefined;
      const given: unknown[] = Object.values(record);
      const at = positions(record);
      const values = new Array<unknown>(length);
      for (let i = 0; i < length; i += 1) {
        const path = paths[i] as Path | undefined;
        let value: unknown =
          path === undefined
            ? null
            : path.length === 1
              ? given[at[i] as number]
              : path.length === 0
                ? record
                : deeper(given[at[i] as number], path);
        if (typeof value === 'string' && isBlank(value)) value = null;
        const refine = refines[i];
        values[i] = refine && value !== undefined && value !== null ? refine(value) : value;
      }
      return values;
    },
  };
}

function deeper(value: unknown, path: Path): unknown {
  return value === undefined ? undefined : valueAt(value, path.slice(1));
}

/** Where a mapping looks. */
export function pathOf(mapping: FieldMapping): string {
  return typeof mapping === 'string' ? mapping : mapping.from;
}

function refiner({ nulls, values, accept }: Exclude<FieldMapping, string>, field: Field): Refine | undefined {
  const empty = new Set<unknown>(nulls);
  const renamed = new Map<string, unknown>(Object.entries(values ?? {}));
  if (empty.size === 0 && renamed.size === 0 && !accept) return undefined;
  return (value) => {
    if (empty.has(value)) return null;
    if (renamed.size > 0 && typeof value !== 'object') {
      const other = renamed.get(String(value));
      if (other !== undefined) return other;
    }
    return accept && typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? numberText(value, field) : value;
  };
}

/** A number that stands for a text, with the zeros that a number loses in front. */
function numberText(value: number, field: Field): string {
  const text = String(value);
  if (field.type === 'province') return text.padStart(2, '0');
  if (field.type === 'nationalId' && field.kinds.includes('vkn')) return text.padStart(10, '0');
  return text;
}

function isBlank(text: string): boolean {
  if (text.length === 0) return true;
  const first = text.charCodeAt(0);
  return (first <= 32 || first === 160) && text.trim() === '';
}

import type { SourceConfig } from '../configure/config';
import { parsePath } from './lookup';
import { pathOf } from './mapping';
import { byShape } from './shape';

/** Counts what a source sends and no mapping uses. */
export interface UnknownFields {
  /** How many such fields this record has. */
  see(record: unknown): number;
  /** Some of their names, for people. */
  names(): string[];
}

interface Node {
  prefix: string;
  children: Map<string, Node>;
  /** A mapping takes what stands here, whatever is inside. */
  taken: boolean;
  /** Children with children of their own. */
  inner: [string, Node][];
  /** How many of a record's names no mapping knows. */
  unknown: (record: object) => number;
}

const maxNames = 50;

export function watchUnknown(fields: SourceConfig['fields']): UnknownFields {
  const names = new Set<string>();
  const root = node('', names);
  for (const mapping of Object.values(fields)) insert(root, parsePath(pathOf(mapping)), names);
  settle(root);
  return { see: (record) => count(root, record), names: () => [...names] };
}

function count(at: Node, value: unknown): number {
  if (at.taken || typeof value !== 'object' || value === null || Array.isArray(value)) return 0;
  let unknown = at.unknown(value);
  for (const [name, child] of at.inner) if (Object.hasOwn(value, name)) unknown += count(child, (value as Record<string, unknown>)[name]);
  return unknown;
}

function node(prefix: string, names: Set<string>): Node {
  const children = new Map<string, Node>();
  const unknown = byShape((keys) => {
    const strangers = keys.filter((key) => !children.has(key));
    for (const key of strangers) {
      if (names.size >= maxNames) break;
      // A source may use an id as a name; such digits are not repeated.
      names.add(prefix + key.slice(0, 60).replace(/\d{5,}/g, '#'));
    }
    return strangers.length;
  });
  return { prefix, children, taken: false, inner: [], unknown };
}

function insert(root: Node, path: readonly string[], names: Set<string>): void {
  let at = root;
  for (const name of path) {
    const child = at.children.get(name) ?? node(`${at.prefix}${name}.`, names);
    at.children.set(name, child);
    at = child;
  }
  at.taken = true;
}

function settle(at: Node): void {
  at.inner = [...at.children].filter(([, child]) => !child.taken);
  for (const child of at.children.values()) settle(child);
}

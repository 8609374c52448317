import { randomUUID } from 'node:crypto';

/** What is logged of an access before anything is released, and of an operation (Ek-2 3.1.5). Nothing of a person in clear. */
export interface AuditEntry {
  at: Date;
  /** Of an access the request's id, as the answer says it. */
  requestId: string;
  kind: 'access' | 'operation';
  /** Who asked, and from where. */
  party: string | null;
  person?: number | undefined;
  unit?: string | undefined;
  address?: string | undefined;
  /** Of an operation who did it, as the command line or the schedule is called. */
  by?: string | undefined;
  purpose?: string | undefined;
  case?: string | undefined;
  /** What was asked (`record`, `export` …), or the command's words. */
  action: string;
  dataset?: string | null | undefined;
  snapshot?: number | undefined;
  grant?: string | undefined;
  fields?: readonly string[] | undefined;
  /** How many records left. */
  records?: number | undefined;
  /** The keyed indexes, 16 bytes each, under the log's own key, of the national ids concerned. */
  subjects?: readonly Buffer[] | undefined;
  decision: 'allow' | 'refuse';
  code?: string | undefined;
  article?: string | undefined;
  /** Of an operation what was done, of a duty about what; nothing personal. */
  detail?: object | undefined;
}

/** The bytes of a subject's keyed index. */
export const subjectBytes = 16;

/** An operator's deed as an entry. */
export function operation(did: { at: Date; by: string; command: string; detail?: object }): AuditEntry {
  const { at, by, command, detail } = did;
  return { at, requestId: randomUUID(), kind: 'operation', party: null, by, action: command, decision: 'allow', detail };
}

/** An entry as the chain keeps it: its text and its subjects, one after another. */
export function stored({ subjects, ...entry }: AuditEntry): { body: string; subjects: Buffer | null } {
  const told = Object.entries(entry).filter(([, value]) => value !== null && value !== undefined && !isEmptyList(value));
  return { body: canonical(Object.fromEntries(told)), subjects: subjects && subjects.length > 0 ? Buffer.concat(subjects) : null };
}

const isEmptyList = (value: unknown) => Array.isArray(value) && value.length === 0;

/** JSON with sorted keys and no spaces: one text for one content. What PostgreSQL cannot keep in a text is replaced. */
export function canonical(value: unknown): string {
  if (value instanceof Date) return JSON.stringify(value.toISOString());
  if (typeof value === 'string') return JSON.stringify(value.toWellFormed().replaceAll('\0', '\ufffd'));
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${canonical(name)}:${canonical(member)}`).join(',')}}`;
}

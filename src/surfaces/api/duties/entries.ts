import type { AuditView } from '../../../operations/audit';
import { exampleUuid } from '../examples/problems';
import { answer, instant, object, text, whole } from '../schemas';

export const entryNumber = { ...whole, minimum: 1, maximum: 999_999_999 };

/** One entry of the log: who, from where, when, what of what, for what, under what, and how it ended. */
const entry = object(
  {
    seq: { ...entryNumber, description: 'its number; there is no gap', examples: [1201] },
    at: instant,
    kind: { ...text, enum: ['access', 'operation'] },
    requestId: { ...text, description: 'as the answer said it (Request-Id)', examples: [exampleUuid] },
    party: { ...text, description: 'whose person asked; absent of an operation' },
    person: { ...whole, description: 'the person’s number', examples: [17] },
    unit: { ...text, examples: ['Merkez'] },
    address: { ...text, examples: ['10.0.0.7'] },
    by: { ...text, description: 'of an operation: cli, schedule, person:NUMBER …', examples: ['cli'] },
    purpose: text,
    case: { ...text, examples: ['2026/17'] },
    action: { ...text, examples: ['records'] },
    dataset: text,
    snapshot: { ...whole, examples: [3] },
    grant: { ...text, examples: ['owner'] },
    fields: { type: 'array', items: { ...text, examples: ['status'] }, description: 'what was shown or chosen by; of findings the rules' },
    records: { ...whole, description: 'how many left', examples: [100] },
    decision: { ...text, enum: ['allow', 'refuse'] },
    code: { ...text, description: 'why it was refused', examples: ['grant-closed'] },
    article: { ...text, examples: ['V.Ç.6'] },
    detail: { type: 'object', additionalProperties: true, description: 'of an operation: what was done', examples: [{ limit: 20 }] },
  },
  [
    ...['party', 'person', 'unit', 'address', 'by', 'purpose', 'case', 'dataset', 'snapshot', 'grant', 'fields', 'records'],
    ...['code', 'article', 'detail'],
  ],
);

export const entryPage = answer(
  'the entries, newest first',
  {
    visible: {
      ...text,
      enum: ['all', 'party'],
      description: 'of which entries these are: of all (the host’s auditor), or of those that concern your party',
    },
    entries: { type: 'array', items: entry, maxItems: 1000 },
    next: { ...entryNumber, description: 'the next page’s before, as long as there may be older ones', examples: [1201] },
  },
  ['next'],
);

export const rangeOf = {
  since: { ...instant, description: 'from this time on', examples: ['2026-03-01T00:00:00Z'] },
  until: { ...instant, description: 'before this time', examples: ['2026-04-01T00:00:00Z'] },
};

export const pageOf = {
  limit: { ...whole, minimum: 1, maximum: 1000, default: 100, description: 'entries per page, at most' },
  before: { ...entryNumber, description: 'next of the page before', examples: [1201] },
};

/** An entry with the members that are told, and no others. */
export function shown(view: AuditView): Partial<AuditView> {
  return Object.fromEntries(Object.entries(view).filter(([name]) => Object.hasOwn(entry.properties, name)));
}

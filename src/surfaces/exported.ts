import type { Released } from '../disclosure/door';

/** What the API says of an export besides its provenance; the command line writes both into the manifest. */
export interface Statement {
  format: ExportFormat;
  /** Of CSV only. */
  separator: Separator | null;
  /** In their order. */
  fields: readonly string[];
  /** By what records were chosen: parameters and values, as they were asked. */
  filter: Readonly<Record<string, unknown>>;
  exportedAt: string;
}

/** How records are written as text. */
export interface Writing {
  heading: string;
  lines(records: readonly Released[]): string;
}

/** The separators of CSV by the names that people give them. */
export const separators = { semicolon: ';', comma: ',' } as const;
export type Separator = keyof typeof separators;

export const exportFormats = ['ndjson', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** Where an answer says it: two headers before the records, two trailers after them. */
export const exportNames = {
  provenance: 'Kopru-Provenance',
  statement: 'Kopru-Export',
  records: 'Kopru-Records',
  sha256: 'Kopru-Sha256',
} as const;

/** A header holds no letters beyond ASCII, so its JSON goes as base64url. */
export function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

export function decoded(text: string): unknown {
  return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Agreement } from '../../../src/agreements/language';
import { loadAgreement } from '../../../src/agreements/load';
import { KopruError } from '../../../src/core/errors';

export const file2024 = path.join(__dirname, '../../../src/agreements/cgm-iskur-2024.yaml');
export const text2024 = readFileSync(file2024, 'utf8');
export const agreement2024: Agreement = loadAgreement(file2024);

/** The 2024 text with one passage exchanged. @throws if the passage does not stand in it exactly once */
export function changed(...changes: readonly (readonly [string, string])[]): string {
  return changes.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`"${from}" stands ${text.split(from).length - 1} times in the text`);
    return text.replace(from, () => to);
  }, text2024);
}

/** What loading a text as protocol.yaml says is wrong: the heading, and the mistakes one by one. None if it is right. */
export function mistakes(text: string): { heading: string; list: string[]; hint: string } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-agreement-'));
  const file = path.join(folder, 'protocol.yaml');
  try {
    writeFileSync(file, text);
    loadAgreement(file);
    return { heading: '', list: [], hint: '' };
  } catch (error) {
    if (!(error instanceof KopruError) || error.code !== 'agreement-invalid') throw error;
    const [, heading, rest] = /^(.*? is wrong): ([\s\S]*)$/.exec(error.message) as unknown as [string, string, string];
    return { heading, list: rest.replace(/\.$/, '').split(/; (?=[\w.[\]-]+: )/), hint: error.hint ?? '' };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

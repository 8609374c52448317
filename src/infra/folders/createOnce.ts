import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, unlinkSync, writeFileSync } from 'node:fs';
import { codeOf } from '.';

/** Two first starts at once must agree on one secret: the file appears whole or not at all, and the first one stays. */
export function createOnce(file: string, content: string): void {
  // By chance and not by pid: processes in containers may share both the folder and the number.
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, content, { mode: 0o600, flag: 'wx' });
  chmodSync(draft, 0o600);
  try {
    linkSync(draft, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
}

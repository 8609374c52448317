import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const projectRoot = path.join(__dirname, '../../..');

/** What is installed, built, generated or kept at run time: not the project's own text. */
const skipped = new Set(['node_modules', 'dist', 'data', 'generated', '.git', 'coverage']);

/** The files below a folder, by path from `root`, sorted. */
export function walk(root: string, folder = '.'): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const where = path.posix.join(folder, entry.name);
      if (entry.isDirectory()) return skipped.has(entry.name) || where === '.ci/out' ? [] : walk(root, where);
      return entry.isFile() ? [where] : [];
    })
    .sort();
}

export function read(root: string, file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

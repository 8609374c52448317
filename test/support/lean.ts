import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { file2024 } from '../agreements/support/files';

/** The 2024 agreement without its rules, what is derived, and what may be published: nothing is compared after a publication. Written into a folder; its path. */
export function leanAgreement(folder: string): string {
  const { rules: _, statistics: __, ...agreement } = parse(readFileSync(file2024, 'utf8'));
  const derived = Object.keys(agreement.datasets).filter((id) => agreement.datasets[id].derived);
  for (const id of derived) delete agreement.datasets[id];
  const file = path.join(folder, 'agreement.yaml');
  writeFileSync(file, stringify({ ...agreement, rules: {} }));
  return file;
}

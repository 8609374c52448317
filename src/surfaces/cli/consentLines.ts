import type { App } from '../../app/app';
import { type ConsentFlag, flagsOf } from '../../publication/catalogue';
import type { Terminal } from './deps';

/** The datasets that rows are about, each once. */
export const datasetsOf = (rows: readonly { dataset: string }[]): string[] => [...new Set(rows.map(({ dataset }) => dataset))];

/** Says below a listing, for each dataset that it draws on, whether statistics from it may be published, and by which article. */
export async function tellConsents(terminal: Terminal, { publication }: App, datasets?: readonly string[]): Promise<void> {
  for (const line of consentLines(await flagsOf(publication, datasets))) terminal.line(line);
}

/** Rows of a listing, each with whether statistics from what goes into its datasets may be published. */
export async function withConsents<T extends { dataset: string } | { datasets: readonly string[] }>(
  { publication }: App,
  rows: readonly T[],
): Promise<(T & { publicationConsent: ConsentFlag[] })[]> {
  const flags = new Map<string, ConsentFlag[]>();
  const of = (row: T) => ('datasets' in row ? row.datasets : [row.dataset]);
  for (const datasets of rows.map(of)) flags.set(`${datasets}`, flags.get(`${datasets}`) ?? (await flagsOf(publication, datasets)));
  return rows.map((row) => ({ ...row, publicationConsent: flags.get(`${of(row)}`) ?? [] }));
}

/** One line for each dataset, however often it is named. */
export function consentLines(flags: readonly ConsentFlag[]): string[] {
  const once = new Map(flags.map((flag) => [`${flag.dataset} ${flag.owner}`, flag]));
  return [...once.values()].map(({ dataset, state, article, consents }) => {
    const approved = consents.map(({ beneficiary, statistic, until }) => `${statistic} by ${beneficiary} until ${until}`);
    return `publication of statistics from ${dataset}: ${state}${approved.length > 0 ? `, ${approved.join('; ')}` : ''} (${article})`;
  });
}

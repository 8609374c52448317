import type { App } from '../../app/app';
import { type ConsentFlag, flagsOf } from '../../publication/catalogue';
import type { Terminal } from './deps';

/** Says below a listing, for each dataset that it draws on, whether statistics from it may be published, and by which article. */
export async function tellConsents(terminal: Terminal, { publication }: App, datasets?: readonly string[]): Promise<void> {
  for (const line of consentLines(await flagsOf(publication, datasets))) terminal.line(line);
}

export function consentLines(flags: readonly ConsentFlag[]): string[] {
  return flags.map(({ dataset, state, article, consents }) => {
    const approved = consents.map(({ beneficiary, statistic, until }) => `${statistic} by ${beneficiary} until ${until}`);
    return `publication of statistics from ${dataset}: ${state}${approved.length > 0 ? `, ${approved.join('; ')}` : ''} (${article})`;
  });
}

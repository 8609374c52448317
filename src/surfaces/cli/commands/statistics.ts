import type { Command } from 'commander';
import { askApi, textOf } from '../client';
import { consentLines } from '../consentLines';
import type { CommandContext } from '../deps';
import { table } from '../terminal';
import { type AccessOptions, accessOf, throughApi } from './read';

interface Answer {
  label: string;
  unit: string;
  date: string;
  dimensions: { label: string; categories: { code: string; label: string }[] }[];
  cells: { at: string[]; count: number }[];
  publicationConsent: Parameters<typeof consentLines>[0];
}

/** Counts for the own party's use, through the API like any other reader. */
export function statisticCommand(program: Command, context: CommandContext): void {
  throughApi(program.command('statistic').argument('<statistic>', 'of the catalogue, as kopru agreement show lists them'))
    .description('read a statistic for your party’s own use; to publish it is another matter')
    .action(async (statistic: string, options: AccessOptions) => {
      const terminal = context.terminal();
      const answer = await askApi(accessOf(context, options), `/v1/statistics/${encodeURIComponent(statistic)}`);
      const found = JSON.parse(await textOf(answer)) as Answer;
      terminal.data(found);
      const labels = found.dimensions.map(({ categories }) => new Map(categories.map(({ code, label }) => [code, label])));
      terminal.line(`${found.label}, ${found.date}`);
      terminal.line(
        table(
          [...found.dimensions.map(({ label }) => label), found.unit],
          found.cells.map(({ at, count }) => [...at.map((code, i) => (code === '*' ? 'Toplam' : (labels[i]?.get(code) ?? code))), count]),
        ),
      );
      for (const line of consentLines(found.publicationConsent)) terminal.line(line);
    });
}

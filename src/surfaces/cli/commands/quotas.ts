import type { Command } from 'commander';
import { type LimitAuthority, type LimitPlace, type LimitView, liftLimit, listLimits, setLimit } from '../../../operations/quotas';
import { datasetsOf, tellConsents, withConsents } from '../consentLines';
import type { CommandContext } from '../deps';
import { table, when } from '../terminal';
import { wholeNumber, withApp } from './runs';

interface PlaceOptions {
  party: string;
  mode?: string;
  unit?: string;
  person?: string;
  by: string;
  document: string;
}

export function quotaCommands(program: Command, context: CommandContext): void {
  const quota = program.command('quota').description('daily limits that the owner of a dataset sets on another party');

  quota
    .command('list')
    .option('--party <id>', 'of one limited party')
    .option('--dataset <id>', 'of one dataset')
    .description('list the limits, with what was used today in Istanbul')
    .action(async (only: { party?: string; dataset?: string }) => {
      const terminal = context.terminal();
      await withApp(context, async (app) => {
        const found = await listLimits(app.broker, only);
        terminal.data(await withConsents(app, found));
        terminal.line(limitTable(found));
        await tellConsents(terminal, app, datasetsOf(found));
      });
    });

  placed(quota.command('set'))
    .option('--queries <n>', 'how many queries a day')
    .option('--records <n>', 'how many records a day')
    .description('set a limit or change it; what was used today counts')
    .action(async (dataset: string, options: PlaceOptions & { queries?: string; records?: string }) => {
      const terminal = context.terminal();
      const wish = {
        ...placeOf(dataset, options),
        queries: options.queries === undefined ? undefined : wholeNumber(options.queries, '--queries'),
        records: options.records === undefined ? undefined : wholeNumber(options.records, '--records'),
      };
      const limit = await withApp(context, (app) => setLimit(app.broker, wish, 'cli'));
      terminal.data(limit);
      terminal.line(limitTable([limit]));
    });

  placed(quota.command('lift'))
    .description('lift a limit; it stays in the history')
    .action(async (dataset: string, options: PlaceOptions) => {
      const terminal = context.terminal();
      const wish = placeOf(dataset, options);
      await withApp(context, (app) => liftLimit(app.broker, wish, 'cli'));
      terminal.data({ lifted: true });
      terminal.line('The limit is lifted.');
    });
}

function placed(command: Command): Command {
  return command
    .argument('<dataset>')
    .requiredOption('--party <id>', 'the limited party')
    .option('--mode <mode>', 'instant, periodic or yearly; all of them together if left out')
    .option('--unit <unit>', 'one unit of the party')
    .option('--person <number>', 'one person of the party, by number')
    .requiredOption('--by <party>', 'the owner of the dataset, who decides it')
    .requiredOption('--document <text>', 'reference of the paper');
}

function placeOf(dataset: string, { party, mode, unit, person, by, document }: PlaceOptions): LimitPlace & LimitAuthority {
  return { dataset, party, mode, unit, person: person === undefined ? undefined : wholeNumber(person, '--person'), setBy: by, document };
}

function limitTable(limits: LimitView[]): string {
  return table(
    ['dataset', 'party', 'unit or person', 'mode', 'what', 'a day', 'used today', 'left', 'set by', 'since'],
    limits.flatMap(({ dataset, party, unit, person, mode, setBy, at, standings }) =>
      standings.map((s) => [
        dataset,
        party,
        unit ?? (person === null ? '' : `person ${person}`),
        mode ?? 'all',
        s.what,
        s.limit,
        s.used,
        s.remaining,
        setBy,
        when(at),
      ]),
    ),
  );
}

import type { Command } from 'commander';
import { listQuarantine } from '../../../operations/pulls/quarantine';
import { tellConsents, withConsents } from '../consentLines';
import type { CommandContext } from '../deps';
import { table } from '../terminal';
import { request, wholeNumber, withApp } from './runs';

export function quarantineCommands(program: Command, context: CommandContext): void {
  const quarantine = program
    .command('quarantine')
    .argument('[dataset]', 'of one dataset')
    .option('--all', 'also what was replayed or is gone')
    .option('--limit <n>', 'how many to list', '50')
    .description('list records that were set aside: why and where, never what they hold')
    .action(async (dataset: string | undefined, options: { all?: boolean; limit: string }) => {
      const terminal = context.terminal();
      await withApp(context, async (app) => {
        const found = await listQuarantine(app.broker, {
          dataset,
          all: options.all ?? false,
          limit: wholeNumber(options.limit, '--limit'),
        });
        terminal.data({ ...found, items: await withConsents(app, found.items) });
        terminal.line(
          table(
            ['dataset', 'reason', 'field', 'records'],
            found.reasons.map((r) => [r.dataset, r.reason, r.field, r.count]),
          ),
        );
        terminal.line(
          table(
            ['id', 'dataset', 'reason', 'field', 'page', 'position', 'first run', 'last run', 'status'],
            found.items.map((i) => [
              String(i.id),
              i.dataset,
              i.reason,
              i.field,
              i.page,
              i.position,
              String(i.firstRun),
              String(i.lastRun),
              i.status,
            ]),
          ),
        );
        await tellConsents(
          terminal,
          app,
          found.reasons.map((r) => r.dataset),
        );
      });
    });
  quarantine
    .command('replay')
    .argument('<dataset>')
    .option('--wait', 'work on it here if no broker runs, and end with its outcome')
    .description('read the quarantined records again, the same bytes under the present mapping and schema')
    .action((dataset: string, options: { wait?: boolean }) => request(context, dataset, 'replay', options.wait ?? false));
}

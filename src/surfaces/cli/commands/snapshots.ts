import type { Command } from 'commander';
import { countChanges, listSnapshots, newestSnapshots, releaseHeld, verifySnapshots } from '../../../operations/snapshots';
import { tellConsents, withConsents } from '../consentLines';
import type { CommandContext } from '../deps';
import { table, when } from '../terminal';
import { wholeNumber, withApp } from './runs';

export function snapshotCommands(program: Command, context: CommandContext): void {
  program
    .command('snapshots')
    .argument('[dataset]', 'of one dataset')
    .option('--verify', 'recompute the digests from the stored records')
    .description('list snapshots, newest first; held, rejected and expired ones too')
    .action(async (dataset: string | undefined, options: { verify?: boolean }) => {
      const terminal = context.terminal();
      await withApp(context, async (app) => {
        const found = await listSnapshots(app.broker, dataset);
        if (options.verify) {
          await verifySnapshots(app.broker, dataset);
          terminal.line('All published snapshots match their digests.');
        }
        terminal.data(await withConsents(app, found));
        terminal.line(
          table(
            [
              'dataset',
              'snapshot',
              'status',
              'reference',
              'records',
              'added',
              'changed',
              'removed',
              'quarantined',
              'source time',
              'digest',
            ],
            found.map((s) => [
              s.dataset,
              `v${s.version}`,
              s.status,
              s.references.join(', '),
              s.records,
              s.added,
              s.changed,
              s.removed,
              s.quarantined,
              when(s.sourceTime),
              s.digest.slice(0, 12),
            ]),
          ),
        );
        await tellConsents(
          terminal,
          app,
          found.map((s) => s.dataset),
        );
        for (const s of found)
          if (s.status === 'held')
            terminal.line(
              `${s.dataset} v${s.version} is held: ${s.reason}. kopru release ${s.dataset} or kopru reject ${s.dataset} decides.`,
            );
      });
    });

  program
    .command('diff')
    .argument('<dataset>')
    .argument('[from]', 'the older snapshot; the one before if left out')
    .argument('[to]', 'the newer one, a held one too; the newest if left out')
    .description('count what differs between two snapshots (records themselves are read through the API)')
    .action(async (dataset: string, from: string | undefined, to: string | undefined) => {
      const terminal = context.terminal();
      await withApp(context, async (app) => {
        const counts = await countChanges(
          app.broker,
          dataset,
          from === undefined ? undefined : wholeNumber(from, 'from'),
          to === undefined ? undefined : wholeNumber(to, 'to'),
        );
        terminal.data((await withConsents(app, [{ dataset, ...counts }]))[0]);
        terminal.line(
          table(
            ['dataset', 'from', 'to', 'added', 'changed', 'removed'],
            [[dataset, `v${counts.from}`, `v${counts.to}`, counts.added, counts.changed, counts.removed]],
          ),
        );
        await tellConsents(terminal, app, [dataset]);
      });
    });

  for (const verdict of ['release', 'reject'] as const) {
    program
      .command(verdict)
      .argument('<dataset>')
      .option('--note <text>', 'why', 'no note')
      .description(verdict === 'release' ? 'publish the held snapshot of a dataset' : 'take the held snapshot of a dataset back')
      .action(async (dataset: string, options: { note: string }) => {
        const terminal = context.terminal();
        await withApp(context, async (app) => {
          const version = await releaseHeld(app.broker, dataset, verdict, options.note, 'cli');
          terminal.line(`Snapshot v${version} of ${dataset} is ${verdict === 'release' ? 'published' : 'rejected'}.`);
          terminal.data({
            dataset,
            version,
            status: verdict === 'release' ? 'published' : 'rejected',
            newest: await newestSnapshots(app.broker),
          });
        });
      });
  }
}

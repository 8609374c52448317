import type { Command } from 'commander';
import { recordUndertaking, undertakings } from '../../../operations/people/undertakings';
import type { CommandContext } from '../deps';
import { table } from '../terminal';
import { digestOf } from './agreement';
import { withApp } from './runs';

export function undertakingCommands(program: Command, context: CommandContext): void {
  const undertaking = program.command('undertaking').description('the institutional undertakings that staff must accept (Ek-2)');

  undertaking
    .command('add')
    .requiredOption('--party <id>', 'whose staff must accept it')
    .requiredOption('--on <date>', 'from which day on, yyyy-MM-dd')
    .requiredOption('--document <text>', 'reference of the paper')
    .option('--original <file>', 'the signed original; its SHA-256 is kept, not the file')
    .description('record the next version; it supersedes the one before (Ek-2 9)')
    .action(async ({ party, on, document, original }: { party: string; on: string; document: string; original?: string }) => {
      const terminal = context.terminal();
      const asked = { party, effectiveOn: on, document, sha256: original === undefined ? undefined : digestOf(original) };
      const version = await withApp(context, ({ broker }) => recordUndertaking(broker, asked, { by: 'cli' }));
      terminal.data({ party, version });
      terminal.line(`Version ${version} is recorded. From ${on} on, only staff who accepted it may act.`);
    });

  undertaking
    .command('list')
    .option('--party <id>', 'of one party')
    .description('list the versions')
    .action(async ({ party }: { party?: string }) => {
      const terminal = context.terminal();
      const found = await withApp(context, ({ broker }) => undertakings(broker, party));
      terminal.data(found);
      terminal.line(
        table(
          ['party', 'version', 'from', 'document'],
          found.map((one) => [one.party, String(one.version), one.effectiveOn, one.document]),
        ),
      );
    });
}

import type { Command } from 'commander';
import { KopruError } from '../../../core/errors';
import { issueFor, mostDays, revokeToken, revokeTokensOf, tokens } from '../../../operations/people/tokens';
import type { CommandContext } from '../deps';
import { into } from '../newFile';
import { day, table } from '../terminal';
import { wholeNumber, withApp } from './runs';

const acting = { by: 'cli' };

export function tokenCommands(program: Command, context: CommandContext): void {
  const token = program.command('token').description('personal tokens of authorised personnel');

  token
    .command('issue')
    .argument('<person>', 'whose')
    .requiredOption('--label <text>', 'what for, such as the machine that uses it')
    .requiredOption('--days <n>', `how long it lives, at most ${mostDays}`)
    .option('--out <file>', 'a new file for it, readable by this user alone; else it is printed')
    .description('make a token; it is told this once')
    .action(async (id: string, { label, days, out }: { label: string; days: string; out?: string }) => {
      const terminal = context.terminal();
      const person = wholeNumber(id, 'the person');
      const asked = { label, days: wholeNumber(days, '--days') };
      const made = await into(out, (write) =>
        withApp(context, async ({ broker }) => {
          const made = await issueFor(broker, person, asked, acting);
          await write(`${made.token}\n`);
          return made;
        }),
      );
      terminal.data({ id: made.id, person, expiresAt: made.expiresAt, ...(out === undefined ? { token: made.token } : { file: out }) });
      terminal.line(
        out === undefined ? made.token : `Token ${made.id} of person ${person} is in ${out}, good until ${day(made.expiresAt)}.`,
      );
    });

  token
    .command('list')
    .option('--person <id>', 'of one person')
    .description('list tokens, newest first; never themselves')
    .action(async (options: { person?: string }) => {
      const terminal = context.terminal();
      const person = options.person === undefined ? undefined : wholeNumber(options.person, '--person');
      const found = await withApp(context, ({ broker }) => tokens(broker, person, acting));
      terminal.data(found);
      terminal.line(
        table(
          ['token', 'person', 'label', 'made', 'until', 'revoked'],
          found.map((one) => [
            ...[String(one.id), String(one.personId), one.label, day(one.createdAt), day(one.expiresAt)],
            one.revokedAt ? day(one.revokedAt) : '',
          ]),
        ),
      );
    });

  token
    .command('revoke')
    .argument('[token]', 'its number')
    .option('--person <id>', 'all of one person’s instead')
    .description('end a token, or all of a person’s, at once')
    .action(async (id: string | undefined, options: { person?: string }) => {
      const terminal = context.terminal();
      if ((id === undefined) === (options.person === undefined)) throw new KopruError('usage', 'Name a token, or a person with --person.');
      const ended = await withApp(context, async ({ broker }) => {
        if (id === undefined) return revokeTokensOf(broker, wholeNumber(options.person as string, '--person'), acting);
        await revokeToken(broker, wholeNumber(id, 'the token'), acting);
        return 1;
      });
      terminal.data({ revoked: ended });
      terminal.line(`${ended} live tokens ended.`);
    });
}

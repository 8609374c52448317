import type { Command } from 'commander';
import { invitePerson, resetPerson, type SessionView, sessions, signOutPerson } from '../../../operations/signIn/administer';
import type { CommandContext } from '../deps';
import { into } from '../newFile';
import { table, when } from '../terminal';
import { wholeNumber, withApp } from './runs';

const acting = { by: 'cli' };

export function personCommands(program: Command, context: CommandContext): void {
  const person = program.command('person').description('how people sign in: invitations, and their sessions');

  person
    .command('invite')
    .argument('<person>', 'the number')
    .option('--out <file>', 'a new file for the code, readable by this user alone; else it is printed')
    .description('make a code with which the person enrols, once and within three days; it is told this once')
    .action(async (id: string, { out }: { out?: string }) => {
      const terminal = context.terminal();
      const number = wholeNumber(id, 'the person');
      const made = await into(out, (write) =>
        withApp(context, async ({ broker }) => {
          const made = await invitePerson(broker, number, acting);
          await write(`${made.code}\n`);
          return made;
        }),
      );
      terminal.data({ person: number, expiresAt: made.expiresAt, ...(out === undefined ? { code: made.code } : { file: out }) });
      terminal.line(out === undefined ? made.code : `The code for person ${number} is in ${out}, good until ${when(made.expiresAt)}.`);
    });

  person
    .command('reset')
    .argument('<person>', 'the number')
    .description('make password, one-time codes and invitation void, and end all sessions, at once')
    .action(async (id: string) => {
      const number = wholeNumber(id, 'the person');
      const ended = await withApp(context, ({ broker }) => resetPerson(broker, number, acting));
      const terminal = context.terminal();
      terminal.data({ person: number, sessionsEnded: ended });
      terminal.line(
        `Person ${number} cannot sign in any more; ${ended} live sessions ended. kopru person invite ${number} lets enrol anew.`,
      );
    });

  person
    .command('sessions')
    .option('--person <id>', 'of one person')
    .option('--all', 'those too that have ended')
    .description('list live sessions, newest first; never their tokens')
    .action(async (options: { person?: string; all?: boolean }) => {
      const terminal = context.terminal();
      const number = options.person === undefined ? undefined : wholeNumber(options.person, '--person');
      const found = await withApp(context, ({ broker }) => sessions(broker, { person: number, all: options.all }, acting));
      terminal.data(found);
      terminal.line(sessionTable(found));
    });

  person
    .command('sign-out')
    .argument('<person>', 'the number')
    .description('end all live sessions of a person at once; password and one-time codes stay')
    .action(async (id: string) => {
      const number = wholeNumber(id, 'the person');
      const ended = await withApp(context, ({ broker }) => signOutPerson(broker, number, acting));
      const terminal = context.terminal();
      terminal.data({ person: number, sessionsEnded: ended });
      terminal.line(`${ended} live sessions of person ${number} ended.`);
    });
}

function sessionTable(found: readonly SessionView[]): string {
  return table(
    ['session', 'person', 'began', 'used last', 'ends unused', 'ends at last', 'was ended'],
    found.map((one) => [
      ...[String(one.id), String(one.personId)],
      ...[one.createdAt, one.seenAt, one.idleEndsAt, one.endsAt, one.endedAt].map(when),
    ]),
  );
}

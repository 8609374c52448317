import { type Command, Option } from 'commander';
import { type IsoDate, parseDate } from '../../../core/dates';
import { KopruError } from '../../../core/errors';
import {
  explainAccess,
  explained,
  type GrantView,
  grantPerson,
  listGrants,
  reviewGrant,
  revokeGrant,
} from '../../../operations/people/grants';
import type { CommandContext } from '../deps';
import { table } from '../terminal';
import { wholeNumber, withApp } from './runs';

/** Who may read what, and why not. */
export function accessCommands(program: Command, context: CommandContext): void {
  const access = program.command('access').description('people’s own grants, and why a request would be allowed or refused');

  access
    .command('explain')
    .argument('<dataset>')
    .requiredOption('--person <id>', 'by the number that kopru personnel list shows')
    .addOption(new Option('--action <what>', 'what the person sets out to do').choices([...explained]).default('records'))
    .option('--purpose <id>', 'what for')
    .option('--case <reference>', 'the case that it is for')
    .option('--address <address>', 'from where', '127.0.0.1')
    .description('tell what would be decided of a request now, by which article, and which fields and rows it would show; nothing is read')
    .action(
      async (
        dataset: string,
        asked: { person: string; action: (typeof explained)[number]; purpose?: string; case?: string; address: string },
      ) => {
        const terminal = context.terminal();
        const { action, purpose, address } = asked;
        const request = { person: wholeNumber(asked.person, 'The number'), dataset, action, purpose, case: asked.case, address };
        const decision = await withApp(context, (app) => explainAccess(app.broker, request));
        terminal.data(decision);
        if (!decision.allow) {
          terminal.line(`refused: ${decision.message} [${decision.code}, ${decision.article}]`);
          return terminal.line(decision.hint);
        }
        terminal.line(`allowed by the grant ${decision.grant} (${decision.article})`);
        terminal.line(`fields: ${decision.fields.join(', ')}`);
        terminal.line(decision.scope ? `rows: those whose ${decision.scope.field} is ${decision.scope.province}` : 'rows: all');
        if (decision.rules) terminal.line(`findings of: ${decision.rules.join(', ') || 'no rule'}`);
      },
    );

  access
    .command('list')
    .option('--person <id>', 'of one person')
    .option('--due', 'only those whose review is due')
    .description('list people’s own grants')
    .action(async ({ person, due }: { person?: string; due?: boolean }) => {
      const terminal = context.terminal();
      const found = await withApp(context, (app) =>
        listGrants(app.broker, { person: person === undefined ? undefined : wholeNumber(person, 'The number'), due }),
      );
      shown(terminal, found);
    });

  access
    .command('grant')
    .argument('<dataset>')
    .requiredOption('--person <id>', 'who')
    .requiredOption('--until <date>', 'its last day')
    .requiredOption('--document <reference>', 'the paper by which it was given')
    .option('--from <date>', 'its first day; today if left out')
    .description('let a person read a dataset that needs a grant of their own')
    .action(
      async (dataset: string, { person, until, from, document }: Record<'person' | 'until' | 'document', string> & { from?: string }) => {
        const wish = {
          person: wholeNumber(person, 'The number'),
          dataset,
          from: from === undefined ? undefined : dayOf(from),
          until: dayOf(until),
          document,
        };
        shown(context.terminal(), [await withApp(context, (app) => grantPerson(app.broker, wish, 'cli'))]);
      },
    );

  access
    .command('revoke')
    .argument('<id>')
    .description('end a person’s own grant at once')
    .action(async (id: string) =>
      shown(context.terminal(), [await withApp(context, (app) => revokeGrant(app.broker, wholeNumber(id, 'The number'), 'cli'))]),
    );

  access
    .command('review')
    .argument('<id>')
    .description('note that a grant was looked at and stays')
    .action(async (id: string) =>
      shown(context.terminal(), [await withApp(context, (app) => reviewGrant(app.broker, wholeNumber(id, 'The number'), 'cli'))]),
    );
}

function shown(terminal: ReturnType<CommandContext['terminal']>, grants: GrantView[]): void {
  terminal.data(grants);
  terminal.line(
    table(
      ['id', 'person', 'dataset', 'from', 'until', 'review', 'standing', 'document'],
      grants.map((g) => [g.id, g.person, g.dataset, g.from, g.until, g.reviewOn, g.standing, g.document]),
    ),
  );
}

function dayOf(text: string): IsoDate {
  const day = parseDate(text, 'yyyy-MM-dd');
  if (!day) throw new KopruError('usage', 'A day is written as 2026-01-31.');
  return day;
}

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { KopruError } from '../../../core/errors';
import { agreementEvents, eventTypes, recordEvent } from '../../../operations/agreementEvents';
import { catalogueOf, flagsOf } from '../../../publication/catalogue';
import { tellConsents } from '../consentLines';
import type { CommandContext } from '../deps';
import { table } from '../terminal';
import { withApp } from './runs';

interface RecordOptions {
  on?: string;
  by?: string;
  agreedBy?: string;
  annex?: string;
  ground?: string;
  id?: string;
  document?: string;
  original?: string;
  grant?: string[];
}

export function agreementCommands(program: Command, context: CommandContext): void {
  const agreement = program.command('agreement').description('the signed agreement: its state, and recording what happens to it');

  agreement
    .command('show')
    .description('state, term, grants and recorded events')
    .action(async () => {
      const terminal = context.terminal();
      await withApp(context, async (app) => {
        const { agreement: a, broker } = app;
        const state = await broker.state();
        const events = await agreementEvents(app);
        terminal.data({
          ...{ id: a.id, title: a.title, legalBasis: a.legalBasis, state, events, grants: a.grants, statistics: catalogueOf(a) },
          publicationConsent: await flagsOf(app.publication),
        });
        terminal.line(`${a.title} (${a.id})`);
        terminal.line(
          `state: ${state.status}${state.endsOn ? `, term to ${state.endsOn}` : ''}${state.reason ? ` (${state.reason})` : ''}${state.missing.length > 0 ? `, missing: ${state.missing.join(', ')}` : ''}`,
        );
        terminal.line(
          table(
            ['grant', 'reader', 'dataset', 'article', 'open fields'],
            Object.entries(a.grants).map(([id, g]) => [
              id,
              a.parties[g.party]?.short ?? g.party,
              g.dataset,
              g.article,
              state.openGrants[id] ? `${state.openGrants[id]?.length} of ${g.fields.length}` : 'closed',
            ]),
          ),
        );
        for (const { text, article } of a.legalBasis) terminal.line(`legal basis: ${text} (${article})`);
        terminal.line(
          table(
            ['statistic', 'label', 'draws on'],
            catalogueOf(a).map(({ id, label, datasets }) => [id, label, datasets.join(', ')]),
          ),
        );
        await tellConsents(terminal, app);
        terminal.line(
          table(
            ['on', 'event', 'detail'],
            events.map(({ type, on, ...detail }) => [on, type, JSON.stringify(detail).slice(0, 90)]),
          ),
        );
      });
    });

  agreement
    .command('record')
    .argument('<type>', eventTypes.join(', '))
    .requiredOption('--on <date>', 'the day it takes effect, yyyy-MM-dd (Europe/Istanbul)')
    .option('--agreed-by <parties>', 'parties that agreed, with commas (signed, mutual-end, supplement)')
    .option('--by <party>', 'the party that gave notice or terminated')
    .option('--annex <id>', 'which annex (annex)')
    .option('--ground <text>', 'why (termination)')
    .option('--id <text>', 'the name of the ek protokol (supplement, supplement-end)')
    .option(
      '--grant <grant=fields...>',
      'a grant that the ek protokol opens, with its fields: grant=field,field; grant alone opens all that the agreement lists',
      collect,
    )
    .option('--document <text>', 'reference of the paper')
    .option('--original <file>', 'the signed original; its SHA-256 is kept, not the file')
    .description('record an event of the agreement’s life; what is recorded stays')
    .action(async (type: string, options: RecordOptions) => {
      const terminal = context.terminal();
      await withApp(context, async (app) => {
        const state = await recordEvent(app, eventOf(type, options, app.agreement), 'cli');
        terminal.line(
          `Recorded. The agreement is now ${state.status}${state.missing.length > 0 ? `; missing: ${state.missing.join(', ')}` : ''}.`,
        );
        terminal.data(state);
      });
    });
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function eventOf(type: string, o: RecordOptions, agreement: { grants: Record<string, { fields: string[] }> }): object {
  const grants =
    o.grant &&
    Object.fromEntries(
      o.grant.map((text) => {
        const [id = '', fields] = text.split('=');
        return [id, fields === undefined ? (agreement.grants[id]?.fields ?? ['']) : fields.split(',')];
      }),
    );
  const given = {
    on: o.on,
    by: o.by,
    agreedBy: o.agreedBy?.split(',').map((p) => p.trim()),
    annex: o.annex,
    ground: o.ground,
    id: o.id,
    document: o.document,
    sha256: o.original === undefined ? undefined : digestOf(o.original),
    grants,
  };
  return { type, ...Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined)) };
}

/** SHA-256 of a signed paper, hex. */
export function digestOf(file: string): string {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch {
    throw new KopruError('usage', `The signed original ${file} cannot be read.`);
  }
}

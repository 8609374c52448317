import type { Command } from 'commander';
import { type Acting, actingPerson } from '../../../publication/acting';
import { askConsent, type ConsentView, decideConsent, listConsents, withdrawConsent } from '../../../publication/consents';
import type { CommandContext } from '../deps';
import { table, when } from '../terminal';
import { wholeNumber, withApp } from './runs';

type App = Parameters<Parameters<typeof withApp>[1]>[0];
interface Paper {
  person: string;
  document: string;
}

export function consentCommands(program: Command, context: CommandContext): void {
  const consent = program.command('consent').description('consents of data’s owners to publish statistics drawn from it (V.Ç.9–10)');

  consent
    .command('list')
    .option('--dataset <id>', 'about one dataset')
    .option('--statistic <id>', 'for one statistic')
    .option('--party <id>', 'where it is owner or beneficiary')
    .option('--on <date>', 'as they stood at the end of that day, yyyy-MM-dd')
    .description('list them, newest first')
    .action(async ({ on, ...filter }: { dataset?: string; statistic?: string; party?: string; on?: string }) => {
      show(context, await withApp(context, ({ publication }) => listConsents(publication, filter, on)));
    });

  signed(consent.command('ask').argument('<statistic>'), 'who asks: somebody of the party that would publish, by number')
    .requiredOption('--dataset <id>', 'the owner’s dataset that it draws on')
    .description('ask the owner of a dataset')
    .action((statistic: string, options: Paper & { dataset: string }) =>
      changed(context, options, 'publish', (app, who) => askConsent(app.publication, { ...options, statistic }, who)),
    );

  signed(consent.command('grant').argument('<consent>'), approver)
    .requiredOption('--until <date>', 'its last day, yyyy-MM-dd')
    .option('--from <date>', 'its first day; today if left out')
    .description('grant what was asked for, as the owner')
    .action((number: string, { until, from, ...paper }: Paper & { until: string; from?: string }) =>
      changed(context, paper, 'approve', async (app, who) => {
        await decideConsent(app.publication, numbered(number), { what: 'grant', from, until, document: paper.document }, who);
        return numbered(number);
      }),
    );

  signed(consent.command('refuse').argument('<consent>'), approver)
    .description('refuse what was asked for, as the owner')
    .action((number: string, paper: Paper) =>
      changed(context, paper, 'approve', async (app, who) => {
        await decideConsent(app.publication, numbered(number), { what: 'refuse', document: paper.document }, who);
        return numbered(number);
      }),
    );

  signed(consent.command('withdraw').argument('<consent>'), approver)
    .description('withdraw a consent, as the owner; what was published on its ground is withdrawn with it')
    .action((number: string, paper: Paper) =>
      changed(context, paper, 'approve', async (app, who) => {
        await withdrawConsent(app.publication, numbered(number), paper.document, who);
        return numbered(number);
      }),
    );
}

const approver = 'who decides: an approver of the owner, by number';
const numbered = (text: string) => wholeNumber(text, 'the consent');

/** The options of an act that somebody does on a paper. */
export function signed(command: Command, who: string): Command {
  return command.requiredOption('--person <number>', who).requiredOption('--document <text>', 'reference of the paper');
}

/** Somebody on whose behalf an operator acts. */
export function onBehalf({ publication }: App, person: string, action: 'publish' | 'approve'): Promise<Acting> {
  return actingPerson(publication, wholeNumber(person, '--person'), action, 'cli');
}

async function changed(
  context: CommandContext,
  { person }: Paper,
  action: 'publish' | 'approve',
  work: (app: App, who: Acting) => Promise<number>,
): Promise<void> {
  const found = await withApp(context, async (app) => {
    const number = await work(app, await onBehalf(app, person, action));
    return listConsents(app.publication, { number });
  });
  show(context, found);
}

function show(context: CommandContext, consents: readonly ConsentView[]): void {
  const terminal = context.terminal();
  terminal.data(consents);
  terminal.line(
    table(
      ['consent', 'owner', 'beneficiary', 'dataset', 'statistic', 'article', 'state', 'in force', 'from', 'until', 'asked'],
      consents.map((one) => [
        ...[String(one.number), one.owner, one.beneficiary, one.dataset, one.statistic, one.article, one.state],
        ...[one.inForce ? 'yes' : 'no', one.from ?? '', one.until ?? '', when(one.askedAt)],
      ]),
    ),
  );
}

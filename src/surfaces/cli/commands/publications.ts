import type { Command } from 'commander';
import type { Acting } from '../../../publication/acting';
import { approvePublication, declinePublication, publishPublication } from '../../../publication/publications/decide';
import { proposePublication } from '../../../publication/publications/propose';
import { listPublications, type PublicationView, type ShownTable, showPublication } from '../../../publication/publications/view';
import { withdrawPublication } from '../../../publication/publications/withdraw';
import { consentLines } from '../consentLines';
import type { CommandContext } from '../deps';
import { table, when } from '../terminal';
import { onBehalf, signed } from './consents';
import { wholeNumber, withApp } from './runs';

type App = Parameters<Parameters<typeof withApp>[1]>[0];
interface Paper {
  person: string;
  document: string;
}

export function publicationCommands(program: Command, context: CommandContext): void {
  const publication = program.command('publication').description('frozen tables for everybody, with each owner’s approval (V.Ç.9–10)');

  publication
    .command('list')
    .option('--party <id>', 'that it publishes, or whose data they draw on')
    .description('list them, newest first')
    .action(async ({ party }: { party?: string }) => {
      const terminal = context.terminal();
      const found = await withApp(context, (app) => listPublications(app.publication, party));
      terminal.data(found);
      terminal.line(
        table(
          ['publication', 'statistic', 'publisher', 'state', 'approvals', 'proposed', 'published', 'withdrawn'],
          found.map((one) => [
            ...[String(one.number), one.statistic, one.publisher, one.state, approvals(one), when(one.proposedAt)],
            ...[one.publishedAt ? when(one.publishedAt) : '', one.withdrawnAt ? when(one.withdrawnAt) : ''],
          ]),
        ),
      );
      for (const line of consentLines(found.flatMap((one) => one.publicationConsent))) terminal.line(line);
    });

  publication
    .command('show')
    .argument('<publication>', 'its number')
    .description('show one with its table, as readers get it; a dot stands for a hidden count')
    .action((number: string) => shown(context, async () => wholeNumber(number, 'the publication')));

  signed(publication.command('propose').argument('<statistic>', 'of the catalogue'), proposer)
    .description('count a statistic of the newest snapshots, make it safe, and freeze it')
    .action((statistic: string, { person, document }: Paper) =>
      shown(context, async (app) => proposePublication(app.publication, { statistic, document }, await onBehalf(app, person, 'publish'))),
    );

  act(publication, 'approve', 'approve a table as an owner whose data it draws on', approver)
    .requiredOption('--digest <hex>', 'of the table that is approved, as show tells it')
    .option('--named', 'the owner may be named in public (Ek-2 5.3)')
    .action((number: string, { person, digest, document, named }: Paper & { digest: string; named?: boolean }) =>
      done(context, number, person, 'approve', (app, of, who) => approvePublication(app.publication, of, { digest, document, named }, who)),
    );

  act(publication, 'decline', 'decline a table as an owner; it is never published', approver).action((number: string, paper: Paper) =>
    done(context, number, paper.person, 'approve', (app, of, who) => declinePublication(app.publication, of, paper.document, who)),
  );

  act(publication, 'publish', 'publish a table that every owner approved', proposer).action((number: string, paper: Paper) =>
    done(context, number, paper.person, 'publish', (app, of, who) => publishPublication(app.publication, of, paper.document, who)),
  );

  act(
    publication,
    'withdraw',
    'take a publication back at once, as its publisher or as an owner',
    'who does: somebody who publishes or approves, by number',
  )
    .option('--as-owner', 'as an approver of an owner')
    .action((number: string, { person, document, asOwner }: Paper & { asOwner?: boolean }) =>
      done(context, number, person, asOwner ? 'approve' : 'publish', (app, of, who) =>
        withdrawPublication(app.publication, of, document, who),
      ),
    );
}

const proposer = 'who does: somebody of the publishing party, by number';
const approver = 'who does: an approver of the owner, by number';

const act = (parent: Command, name: string, description: string, who: string): Command =>
  signed(parent.command(name).argument('<publication>', 'its number'), who).description(description);

function done(
  context: CommandContext,
  number: string,
  person: string,
  action: 'publish' | 'approve',
  work: (app: App, of: number, who: Acting) => Promise<void>,
): Promise<void> {
  return shown(context, async (app) => {
    const of = wholeNumber(number, 'the publication');
    await work(app, of, await onBehalf(app, person, action));
    return of;
  });
}

async function shown(context: CommandContext, work: (app: App) => Promise<number>): Promise<void> {
  const terminal = context.terminal();
  const found = await withApp(context, async (app) => showPublication(app.publication, await work(app)));
  terminal.data(found);
  terminal.line(`publication ${found.number}: ${found.label} (${found.table.unit}), ${found.table.date}; ${found.state}`);
  terminal.line(`digest ${found.digest}${found.whole ? '' : ', which the stored table does NOT fit'}`);
  for (const { owner, article, approval } of found.contributors)
    terminal.line(`${owner} (${article}): ${approval ? `approved ${when(approval.at)} by person ${approval.person}` : 'has not approved'}`);
  terminal.line(cells(found.table));
  for (const line of consentLines(found.publicationConsent)) terminal.line(line);
}

function approvals({ contributors }: PublicationView): string {
  return contributors.map(({ owner, approval }) => `${owner} ${approval ? 'yes' : 'no'}`).join(', ');
}

/** The cells that are not 0. */
function cells({ dimensions, cells: all }: ShownTable): string {
  const labels = dimensions.map(({ categories }) => new Map(categories.map(({ code, label }) => [code, label])));
  return table(
    [...dimensions.map(({ label }) => label), 'count'],
    all
      .filter(({ count }) => count !== 0)
      .map(({ at, count }) => [...at.map((code, i) => (code === '*' ? 'Toplam' : (labels[i]?.get(code) ?? code))), count ?? '·']),
  );
}

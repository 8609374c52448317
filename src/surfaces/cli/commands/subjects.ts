import type { Command } from 'commander';
import { identityChecks } from '../../../operations/registers/given';
import { answerSubjectRequest, listSubjectRequests, openSubjectRequest, outcomes } from '../../../operations/subjects/requests';
import type { Usage } from '../../../operations/subjects/usage';
import { askApi, textOf } from '../client';
import type { CommandContext } from '../deps';
import { table, when } from '../terminal';
import { type AccessOptions, accessOf, asPerson, idFromInput } from './read';
import { wholeNumber, withApp } from './runs';

interface OpenOptions {
  party: string;
  received: string;
  officer: string;
  identity: string;
  document: string;
}

export function subjectCommands(program: Command, context: CommandContext): void {
  const subject = program.command('subject').description('people who ask who saw what of them');

  subject
    .command('open')
    .requiredOption('--party <id>', 'to which party the request came')
    .requiredOption('--received <date>', 'on which day it came, yyyy-MM-dd')
    .requiredOption('--officer <person>', 'who took it in, by number')
    .requiredOption('--identity <way>', `how it was checked who asks: ${identityChecks.join(', ')}`)
    .requiredOption('--document <text>', 'reference of the paper')
    .description('record a request; the national id of the person is read from standard input, and kept as a keyed index only')
    .action(async ({ received, officer, ...options }: OpenOptions) => {
      const terminal = context.terminal();
      const asked = { ...options, officer: wholeNumber(officer, '--officer'), receivedOn: received, nationalId: idFromInput() };
      const request = await withApp(context, ({ broker }) => openSubjectRequest(broker, asked, 'cli'));
      terminal.data({ request });
      terminal.line(`It is recorded as request ${request}.`);
    });

  subject
    .command('list')
    .option('--party <id>', 'of one party')
    .option('--closed', 'the closed ones, too')
    .description('list the requests, those first that are due first')
    .action(async (options: { party?: string; closed?: boolean }) => {
      const terminal = context.terminal();
      const found = await withApp(context, ({ broker }) => listSubjectRequests(broker, options));
      terminal.data(found);
      terminal.line(
        table(
          ['request', 'party', 'received', 'due', 'days left', 'identity', 'document', 'outcome'],
          found.map((one) => [
            ...[String(one.id), one.party, one.receivedOn, one.dueOn, one.daysLeft === null ? '' : String(one.daysLeft)],
            ...[one.identity, one.document, one.outcome],
          ]),
        ),
      );
    });

  asPerson(subject.command('usage').argument('<request>', 'its number'))
    .option('--offset <n>', 'from which one on; the newest is 1', '1')
    .option('--limit <n>', 'how many', '100')
    .description('list who saw which kinds of the person’s data, through the API; the national id is read from standard input')
    .action(async (text: string, options: AccessOptions & { offset: string; limit: string }) => {
      const terminal = context.terminal();
      const [offset, limit] = [wholeNumber(options.offset, '--offset'), wholeNumber(options.limit, '--limit')];
      const where = `/v1/subject-requests/${wholeNumber(text, 'the request')}/usage`;
      const answer = await askApi(accessOf(context, options), where, { id: idFromInput(), offset, limit });
      const found = JSON.parse(await textOf(answer)) as { usage: (Omit<Usage, 'logtime'> & { logtime: string })[] };
      terminal.data(found);
      terminal.line(
        table(
          ['zaman', 'işlem', 'kurum', 'birim', 'amaç', 'veri', 'alanlar', 'görevli'],
          found.usage.map(({ logtime, action, receiverName, unit, purpose, dataset, fields, officer }) => [
            ...[when(new Date(logtime)), action, receiverName, unit, purpose, dataset, fields.join(', '), officer],
          ]),
        ),
      );
    });

  subject
    .command('answer')
    .argument('<request>', 'its number')
    .requiredOption('--outcome <word>', `how it ended: ${outcomes.join(', ')}`)
    .requiredOption('--document <text>', 'reference of the paper')
    .description('close a request, once')
    .action(async (text: string, options: { outcome: string; document: string }) => {
      const terminal = context.terminal();
      const request = wholeNumber(text, 'the request');
      await withApp(context, ({ broker }) => answerSubjectRequest(broker, request, options, 'cli'));
      terminal.data({ request, outcome: options.outcome });
      terminal.line(`The request ${request} is closed.`);
    });
}

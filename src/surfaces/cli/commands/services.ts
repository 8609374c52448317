import type { Command } from 'commander';
import { listServiceSteps, recordServiceStep, serviceSteps } from '../../../operations/people/services';
import type { CommandContext } from '../deps';
import { table } from '../terminal';
import { wholeNumber, withApp } from './runs';

interface RecordOptions {
  on: string;
  document: string;
  note?: string;
  contact?: string;
}

export function serviceCommands(program: Command, context: CommandContext): void {
  const service = program.command('service').description('how far the agencies’ services are set up (V.E.1–3)');

  service
    .command('list')
    .argument('[dataset]', 'of one dataset')
    .description('list what was recorded')
    .action(async (dataset: string | undefined) => {
      const terminal = context.terminal();
      const found = await withApp(context, ({ broker }) => listServiceSteps(broker, dataset));
      terminal.data(found);
      terminal.line(
        table(
          ['dataset', 'step', 'on', 'contact', 'document', 'note'],
          found.map((one) => [one.dataset, one.step, one.on, one.contact === null ? '' : String(one.contact), one.document, one.note]),
        ),
      );
    });

  service
    .command('record')
    .argument('<dataset>', 'whose service')
    .argument('<step>', serviceSteps.join(', '))
    .requiredOption('--on <date>', 'the day, yyyy-MM-dd')
    .requiredOption('--document <text>', 'reference of the paper')
    .option('--contact <person>', 'the technical contact’s number among the personnel (contact-named)')
    .option('--note <text>', 'a remark')
    .description('record a step; what is recorded stays')
    .action(async (dataset: string, step: string, options: RecordOptions) => {
      const terminal = context.terminal();
      const contact = options.contact === undefined ? undefined : wholeNumber(options.contact, '--contact');
      await withApp(context, ({ broker }) => recordServiceStep(broker, { dataset, step, ...options, contact }, 'cli'));
      terminal.data({ dataset, step });
      terminal.line(`${dataset}: ${step} is recorded.`);
    });
}

import type { Command } from 'commander';
import type { Broker } from '../../../operations/broker';
import { listSchedules, pauseSchedule, resumeSchedule, type ScheduleView, setSchedule } from '../../../operations/schedules/schedules';
import { listSlots } from '../../../operations/schedules/slots';
import { datasetsOf, tellConsents, withConsents } from '../consentLines';
import type { CommandContext } from '../deps';
import { table, when } from '../terminal';
import { wholeNumber, withApp } from './runs';

export function scheduleCommands(program: Command, context: CommandContext): void {
  const schedules = program
    .command('schedules')
    .description('list schedules with their next times, in Istanbul time')
    .action(async () => {
      const terminal = context.terminal();
      await withApp(context, async (app) => {
        const found = await listSchedules(app.broker);
        terminal.data(await withConsents(app, found));
        terminal.line(scheduleTable(found));
        await tellConsents(terminal, app, datasetsOf(found));
      });
    });

  schedules
    .command('set')
    .argument('<dataset>')
    .argument('<mode>', 'periodic or yearly')
    .argument('<cron...>', 'minute, hour, day, month, weekday, in quotes; or agreement, for the agreement’s own')
    .description('give a dataset another schedule; times before the change are not made up for')
    .action(async (dataset: string, mode: string, words: string[]) => {
      const cron = words.join(' ').trim().split(/\s+/).join(' ');
      await change(context, (broker) => setSchedule(broker, { dataset, mode, cron: cron === 'agreement' ? null : cron }, 'cli'));
    });
  schedules
    .command('pause')
    .argument('<dataset>')
    .argument('<mode>', 'periodic or yearly')
    .description('stop a schedule until it is resumed')
    .action((dataset: string, mode: string) => change(context, (broker) => pauseSchedule(broker, { dataset, mode }, 'cli')));
  schedules
    .command('resume')
    .argument('<dataset>')
    .argument('<mode>', 'periodic or yearly')
    .description('let a paused schedule run again, from now on')
    .action((dataset: string, mode: string) => change(context, (broker) => resumeSchedule(broker, { dataset, mode }, 'cli')));

  schedules
    .command('slots')
    .option('--dataset <id>', 'of one dataset')
    .option('--limit <n>', 'how many', '20')
    .description('list due times, newest first, and what became of each')
    .action(async (options: { dataset?: string; limit: string }) => {
      const terminal = context.terminal();
      const filter = { dataset: options.dataset, limit: wholeNumber(options.limit, '--limit') };
      await withApp(context, async (app) => {
        const found = await listSlots(app.db, filter);
        terminal.data(await withConsents(app, found));
        terminal.line(
          table(
            ['slot', 'dataset', 'mode', 'status', 'run', 'why'],
            found.map((s) => [when(s.at), s.dataset, s.mode, s.status, s.runId === null ? '' : String(s.runId), s.errorCode]),
          ),
        );
        await tellConsents(terminal, app, datasetsOf(found));
      });
    });
}

async function change(context: CommandContext, work: (broker: Broker) => Promise<ScheduleView>): Promise<void> {
  const terminal = context.terminal();
  const schedule = await withApp(context, (app) => work(app.broker));
  terminal.data(schedule);
  terminal.line(scheduleTable([schedule]));
}

function scheduleTable(schedules: ScheduleView[]): string {
  return table(
    ['dataset', 'mode', 'cron', 'from', 'next'],
    schedules.map((s) => [
      s.dataset,
      s.mode,
      s.cron,
      [s.fromAgreement ? 'agreement' : s.changedBy, s.paused && 'paused'].filter(Boolean).join(', '),
      s.next.map(when).join('\n'),
    ]),
  );
}

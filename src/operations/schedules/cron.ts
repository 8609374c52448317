import { CronExpressionParser } from 'cron-parser';
import { cronFields, cronRule } from '../../agreements/language';
import { KopruError } from '../../core/errors';

/** When schedules come, decided in Europe/Istanbul. Expressions are such as `checkCron` lets pass; times are whole minutes. */
export const scheduleZone = 'Europe/Istanbul';

/** Refuses an operator's schedule that the agreement's language would refuse. @throws KopruError `schedule-invalid` */
export function checkCron(text: string): void {
  plain(text);
}

/** The occurrences after `after` up to and including `until`, oldest first; of more than `most` the latest. */
export function occurrences(cron: string, after: Date, until: Date, most: number): Date[] {
  const found: Date[] = [];
  // The parser looks strictly before its time.
  const expression = parse(cron, new Date(until.getTime() + 1));
  while (found.length < most) {
    const at = expression.prev().toDate();
    if (at <= after) break;
    found.unshift(at);
  }
  return found;
}

/** The latest occurrence at or before a time. */
export function latestOccurrence(cron: string, until: Date): Date {
  return parse(cron, new Date(until.getTime() + 1))
    .prev()
    .toDate();
}

/** The next occurrences after a time. */
export function nextOccurrences(cron: string, after: Date, count: number): Date[] {
  return parse(cron, after)
    .take(count)
    .map((at) => at.toDate());
}

/**
 * The times of day at which a schedule may come, every day, in plain numbers: for a clock that wakes somebody who then
 * asks for the occurrences. Libraries differ in how they join days and weekdays.
 */
export function timesOfDay(cron: string): string {
  return [...plain(cron).slice(0, 2), '*', '*', '*'].join(' ');
}

function parse(cron: string, currentDate: Date) {
  return CronExpressionParser.parse(plain(cron).join(' '), { tz: scheduleZone, currentDate });
}

function plain(cron: string): string[] {
  const fields = cronFields(cron);
  if (fields) return fields;
  throw new KopruError('schedule-invalid', `"${cron.slice(0, 40)}" is no schedule: ${cronRule}.`, {
    hint: 'Times are Europe/Istanbul. Put the fields in quotes, so that the shell leaves the stars alone.',
  });
}

import type { Command } from 'commander';
import { KopruError } from '../../../core/errors';
import { listReferences, type ReportedCounts, type YearReport, yearReport } from '../../../operations/reports/yearReport';
import { valueText } from '../../../operations/reports/yearReportCounts';
import { yearReportPage } from '../../../operations/reports/yearReportPage';
import { applyRetention } from '../../../operations/upkeep/retention';
import type { CommandContext, Terminal } from '../deps';
import { table, when } from '../terminal';
import { wholeNumber, withApp } from './runs';

export function reportCommands(program: Command, context: CommandContext): void {
  program
    .command('report')
    .argument('[dataset]', 'left out, the references of all datasets are listed')
    .option('--year <n>', 'of this year; the newest if left out')
    .option('--html', 'as one HTML page on standard output, in Turkish')
    .description('show the report on a year’s reference; counts only')
    .action(async (dataset: string | undefined, options: { year?: string; html?: boolean }) => {
      const terminal = context.terminal();
      const year = options.year === undefined ? undefined : wholeNumber(options.year, '--year');
      if (dataset === undefined && (year !== undefined || options.html)) throw wrong('Which dataset’s report?', 'kopru report lists them.');
      if (terminal.json && options.html) throw wrong('A report is either JSON or a page.', 'Leave out --json or --html.');
      // Nothing but the page may stand on standard output.
      await withApp(options.html ? quiet(context) : context, async ({ broker }) => {
        if (dataset === undefined) return list(terminal, await listReferences(broker.db));
        const report = await yearReport(broker, dataset, year);
        terminal.data(report);
        if (options.html) terminal.line(yearReportPage(report).trimEnd());
        else show(terminal, report);
      });
    });

  program
    .command('retention')
    .description('let snapshots expire that are too old, and delete what only they held; the schedule does it too')
    .action(async () => {
      const terminal = context.terminal();
      await withApp(context, async ({ broker }) => {
        const done = await applyRetention(broker, 'cli');
        terminal.data(done);
        terminal.line(
          table(
            ['dataset', 'snapshots expired', 'record versions deleted', 'quarantined deleted'],
            done.map((d) => [d.dataset, d.snapshots, d.records, d.quarantined]),
          ),
        );
      });
    });
}

function list(terminal: Terminal, references: Awaited<ReturnType<typeof listReferences>>): void {
  terminal.data(references);
  terminal.line(
    table(
      ['dataset', 'year', 'snapshot', 'run', 'written'],
      references.map((r) => [r.dataset, String(r.year), `v${r.version}`, String(r.runId), when(r.writtenAt)]),
    ),
  );
}

function show(terminal: Terminal, report: YearReport): void {
  const { snapshot, earlier, changes, use } = report;
  terminal.line(`${report.label} (${report.dataset}), ${report.year}: v${snapshot.version}, ${snapshot.records} records`);
  terminal.line(`source time ${when(new Date(snapshot.sourceTime))}; digest ${snapshot.digest}`);
  if (earlier && changes) {
    terminal.line(
      table(
        ['since', 'snapshot', 'records', 'added', 'changed', 'removed'],
        [[String(earlier.year), `v${earlier.version}`, earlier.records, changes.added, changes.changed, changes.removed]],
      ),
    );
  }
  for (const counts of report.counts) terminal.line(countsTable(counts, report));
  terminal.line(`${use.text} ${use.consents.map((c) => `${c.owner.name}: ${c.article}`).join('; ')}. ${use.notice.text}`);
}

const words = { none: '(not reported)', yes: 'yes', no: 'no' };

function countsTable({ fields, groups, rest }: ReportedCounts, { year, earlier }: YearReport): string {
  const told = (group: { count: number; earlier: number | null }) => [group.count, ...(earlier ? [group.earlier] : [])];
  const names = (values: (typeof groups)[number]['values']) =>
    fields.map((field, i) => printable(valueText(field, values[i] ?? null, words)));
  const others = rest ? [[`(${rest.groups} others)`, ...fields.slice(1).map(() => ''), ...told(rest)]] : [];
  return table(
    [...fields.map((f) => f.label), String(year), ...(earlier ? [String(earlier.year)] : [])],
    [...groups.map((group) => [...names(group.values), ...told(group)]), ...others],
  );
}

/** A source's own text must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '\ufffd');
}

function quiet(context: CommandContext): CommandContext {
  const terminal = context.terminal();
  return { ...context, terminal: () => ({ ...terminal, line: () => undefined }) };
}

function wrong(message: string, hint: string): KopruError {
  return new KopruError('usage', message, { hint });
}

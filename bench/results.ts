import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { projectRoot } from '../src/infra/folders';
import type { PullFigures } from './pull';

const targets = { first: 0.08, second: 0.12, memory: 900, lookup: 30, read: 0.4, open: 0.3 };

/** The figures as a page for people; kept in bench/results.md for the full size. */
export function writeResults(figures: PullFigures, options: { keep: boolean }): string {
  const copy = median(figures.copies);
  const rate = (seconds: number) => `${Math.round(figures.records / seconds / 1000)} thousand records/s`;
  const row = (what: string, seconds: number, target?: number) =>
    `| ${what} | ${seconds.toFixed(2)} | ${rate(seconds)} | ${(copy / seconds).toFixed(3)}${target === undefined ? '' : ` (target ${target})`} |`;
  const text = `# Bench results

Made by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.version}, ${os.cpus().length} cores (${os.cpus()[0]?.model.trim()}), shared by source, program and database.
Ratios within one run count; seconds vary from machine to machine and from hour to hour.

${figures.records.toLocaleString('en-GB')} workers of 14 fields over HTTPS, in pages of 2,500. The yardstick is the server's own COPY of the same rows, in clear, into a
logged table without an index, fsync on; the median of ${figures.copies.length} (${figures.copies.map((s) => s.toFixed(2)).join(', ')} s), run between and after the pulls.
The source stands on the same cores, which a real one would not: its pages are written out before each day, so that it only sends them.
The pulls check, seal and index every record, and end with a published snapshot in logged tables.

| | seconds | rate | ratio to COPY |
|---|---|---|---|
${row('COPY by the server', copy)}
${row(`first pull (${figures.first.added.toLocaleString('en-GB')} added)`, figures.first.seconds, targets.first)}
${row(`second day (${figures.second.added.toLocaleString('en-GB')} added, ${figures.second.changed.toLocaleString('en-GB')} changed, ${figures.second.removed.toLocaleString('en-GB')} removed)`, figures.second.seconds, targets.second)}

Of the first pull ${figures.first.reading.toFixed(1)} s went into reading, checking, sealing and staging, of the second ${figures.second.reading.toFixed(1)} s; the rest into comparing and publishing.

Peak memory, MiB (PSS, shared pages counted once): program ${figures.memory.node.toFixed(0)}, PostgreSQL ${figures.memory.postgres.toFixed(0)}, together ${figures.memory.together.toFixed(0)} (target below ${targets.memory}).

Reconciliation, all rules over these workers, ${figures.reconciled.children.toLocaleString('en-GB')} children and 5,000 intermediaries; the derived dataset of those is made after it:

| | rules, seconds | ratio | derived, seconds |
|---|---|---|---|
| everything anew | ${figures.reconciled.whole.toFixed(2)} | ${(figures.reconciled.whole / figures.second.seconds).toFixed(2)} of the second-day pull (target at most 1) | ${figures.reconciled.deriveWhole.toFixed(2)} |
| after the second day's changes (2%) | ${figures.reconciled.changed.toFixed(2)} | ${(figures.reconciled.changed / figures.reconciled.whole).toFixed(2)} of everything anew (target at most 0.2) | ${figures.reconciled.deriveChanged.toFixed(2)} |

${figures.lookups.through.length} look-ups, one after another, during a third pull, by turns through API, queue and worker and straight to the source; ${figures.lookups.lost} lost:

| milliseconds | median | 95% |
|---|---|---|
| to the source itself | ${ms(figures.lookups.direct, 0.5)} | ${ms(figures.lookups.direct, 0.95)} |
| through the broker | ${ms(figures.lookups.through, 0.5)} | ${ms(figures.lookups.through, 0.95)} |
| difference of the medians | ${(quantile(figures.lookups.through, 0.5) - quantile(figures.lookups.direct, 0.5)).toFixed(1)} (target at most ${targets.lookup}) | |

Single records of the snapshot by 64 connections from a process beside it, by turns from a bare fastify route with one prepared statement of pg,
and through the API: decided, counted, logged, proven and opened. Answers a second, medians of the turns:

| read by | bare route | through the API | ratio |
|---|---|---|---|
| the data's owner, whom no limit binds | ${reads(figures.reads.owner)} |
| a party with a grant, whose queries are counted | ${reads(figures.reads.granted)} |

A published table (${figures.open.cells.toLocaleString('en-GB')} cells, ${(figures.open.bytes / 1024).toFixed(0)} KiB of JSON; counted, made safe and frozen in ${figures.open.proposing.toFixed(1)} s), read by 64 connections from a process
beside it, by turns from a static fastify route with the same bytes and from its public address. Answers a second, medians of the turns:

| static route | public address | ratio |
|---|---|---|
| ${median(figures.open.still).toFixed(0)} | ${median(figures.open.open).toFixed(0)} | ${(median(figures.open.open) / median(figures.open.still)).toFixed(2)} (target ${targets.open})${figures.open.other > 0 ? `, ${figures.open.other} other answers` : ''} |
`;
  if (options.keep) writeFileSync(path.join(projectRoot(), 'bench/results.md'), text);
  return text;
}

function reads({ bare, audited, other }: PullFigures['reads']['owner']): string {
  const ratio = `${(median(audited) / median(bare)).toFixed(2)} (target ${targets.read})`;
  return [median(bare).toFixed(0), median(audited).toFixed(0), other > 0 ? `${ratio}, ${other} other answers` : ratio].join(' | ');
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}

function ms(values: readonly number[], share: number): string {
  return quantile(values, share).toFixed(1);
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

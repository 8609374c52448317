import { KopruError } from '../../../core/errors';
import type { IncidentView } from '../../../operations/incidents/register';
import type { Terminal } from '../deps';
import { table, when } from '../terminal';

/** An incident with its clocks and events. */
export function showIncidentView(terminal: Terminal, view: IncidentView): void {
  terminal.data(view);
  const { id, kind, status, party, owner, awareAt, person, day, data, clocks, events } = view;
  const of = person === null ? `data of ${owner}` : `reading of person ${person} on ${day}`;
  terminal.line(`Incident ${id}: ${kind}, ${status}; at ${party}, ${of}; known since ${when(awareAt)}.`);
  for (const [dataset, fields] of Object.entries(data)) terminal.line(`${dataset}: ${fields.join(', ')}`);
  if (clocks.length > 0)
    terminal.line(
      table(
        ['clock', 'article', 'due', 'met', 'state'],
        clocks.map((one) => [one.clock, one.article, when(one.dueAt), when(one.metAt), one.state]),
      ),
    );
  terminal.line(
    table(
      ['event', 'time', 'by', 'document', 'text', 'log'],
      events.map((one) => [
        ...[one.kind, when(one.happenedAt), one.by, one.document, said(one)],
        one.slice ? `${one.slice.from}–${one.slice.to}` : '',
      ]),
    ),
  );
}

function said({ text, detail }: IncidentView['events'][number]): string {
  const more = Object.entries(detail).map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}`);
  return [text, ...more].filter((part) => part !== null).join('\n');
}

/** @throws KopruError `usage` */
export function oneOf<T extends string>(given: string, known: readonly T[], option: string): T {
  const found = known.find((one) => one === given);
  if (found) return found;
  throw new KopruError('usage', `${option} must be one of ${known.join(', ')}.`);
}

import type { Agreement } from '../../agreements/language';
import { type EventKind, eventOf, type Incident, statusOf } from './kinds';
import { tellsOwner } from './order';

export const clockNames = ['owner-notice', 'authority-notice', 'prior-notice', 'scope-notice'] as const;
export type ClockName = (typeof clockNames)[number];

/** A duty with its time. */
export interface Clock {
  clock: ClockName;
  /** What asks for it; the hours are policy. */
  article: string;
  dueAt: Date;
  /** When it was done; null as long as it was not. */
  metAt: Date | null;
  state: 'running' | 'overdue' | 'met' | 'met-late';
}

const hourMillis = 3_600_000;

/**
 * What an incident asks for, until when, and when it was done. Pure. The authority's 72 hours run from awareness (law 6698 art. 12/5,
 * Board decision 2019/10; policy); "at once" (Ek-2 3.3, 4.2) is held to the agreement's hours. One that was dismissed asks for nothing
 * more.
 */
export function clocksOf({ incidents }: Pick<Agreement, 'incidents'>, incident: Incident, now: Date): Clock[] {
  const { kind, awareAt, owner } = incident;
  const { undertaking, atOnce, authority } = incidents;
  const articleOf = (duty: 'breach' | 'compelled') =>
    (undertaking?.protects === owner ? undertaking?.[duty].article : undefined) ?? 'policy';
  const asked: [ClockName, EventKind, article: string, from: Date | undefined, hours: number][] = [];
  if (kind === 'breach') {
    if (tellsOwner(incident)) asked.push(['owner-notice', 'owner-notified', articleOf('breach'), awareAt, atOnce.hours]);
    asked.push(['authority-notice', 'authority-notified', authority.article, awareAt, authority.hours]);
  }
  if (kind === 'compelled') {
    asked.push(['prior-notice', 'prior-notice', articleOf('compelled'), awareAt, atOnce.hours]);
    asked.push(['scope-notice', 'scope-notified', articleOf('compelled'), eventOf(incident, 'disclosed')?.happenedAt, atOnce.hours]);
  }
  return asked.flatMap(([clock, event, article, from, hours]): Clock[] => {
    const metAt = eventOf(incident, event)?.happenedAt ?? null;
    // A clock that has not begun, and one that nobody waits for any more, is none.
    if (!from || (metAt === null && statusOf(incident) !== 'open')) return [];
    const dueAt = new Date(from.getTime() + hours * hourMillis);
    const late = (metAt ?? now) > dueAt;
    return [{ clock, article, dueAt, metAt, state: metAt === null ? (late ? 'overdue' : 'running') : late ? 'met-late' : 'met' }];
  });
}

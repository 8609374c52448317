import { clocksOf } from '../../../src/operations/incidents/clocks';
import { agreement2024 } from '../../agreements/support/files';
import { event, hoursLater, incident } from './support';

const clocks = (of: ReturnType<typeof incident>, hours: number) => clocksOf(agreement2024, of, hoursLater(hours));
const states = (of: ReturnType<typeof incident>, hours: number) => clocks(of, hours).map(({ clock, state }) => [clock, state]);

describe('what an incident asks for, and until when', () => {
  test('of a breach the owner is told at once by Ek-2 3.3, and the authority within 72 hours of awareness', () => {
    expect(clocks(incident('breach'), 0)).toEqual([
      { clock: 'owner-notice', article: 'Ek-2 3.3', dueAt: hoursLater(24), metAt: null, state: 'running' },
      { clock: 'authority-notice', article: 'policy', dueAt: hoursLater(72), metAt: null, state: 'running' },
    ]);
  });

  test('a duty is overdue when its time has passed, and not in that moment', () => {
    expect(states(incident('breach'), 24)).toEqual([
      ['owner-notice', 'running'],
      ['authority-notice', 'running'],
    ]);
    expect(states(incident('breach'), 24.001)[0]).toEqual(['owner-notice', 'overdue']);
    expect(states(incident('breach'), 72)[1]).toEqual(['authority-notice', 'running']);
    expect(states(incident('breach'), 72.001)[1]).toEqual(['authority-notice', 'overdue']);
  });

  test('what was done stays met, or met late, whenever one looks', () => {
    const told = incident('breach', [event('owner-notified', 2), event('authority-notified', 73)]);
    expect(clocks(told, 1000).map(({ metAt, state }) => [metAt, state])).toEqual([
      [hoursLater(2), 'met'],
      [hoursLater(73), 'met-late'],
    ]);
  });

  test('for another’s data than the undertaking protects it is policy, and of its own data a party tells the authority alone', () => {
    const other = { party: 'iskur', owner: 'cgm', data: { 'emetip.workers': ['fullName'] } };
    expect(clocks(incident('breach', [], other), 0)[0]).toMatchObject({ clock: 'owner-notice', article: 'policy' });
    expect(states(incident('breach', [], { ...other, party: 'cgm' }), 0)).toEqual([['authority-notice', 'running']]);
  });

  test('of a compelled disclosure the clock of its scope runs from the disclosure', () => {
    expect(states(incident('compelled'), 25)).toEqual([['prior-notice', 'overdue']]);
    const disclosed = incident('compelled', [event('prior-notice', 1), event('disclosed', 30)]);
    expect(clocks(disclosed, 31)).toEqual([
      { clock: 'prior-notice', article: 'Ek-2 4.1.3, Ek-2 4.2', dueAt: hoursLater(24), metAt: hoursLater(1), state: 'met' },
      { clock: 'scope-notice', article: 'Ek-2 4.1.3, Ek-2 4.2', dueAt: hoursLater(54), metAt: null, state: 'running' },
    ]);
    expect(states(disclosed, 55)[1]).toEqual(['scope-notice', 'overdue']);
  });

  test('nobody waits for what a dismissed one asked for, and harvesting asks for nothing', () => {
    expect(states(incident('breach', [event('owner-notified', 1), event('dismissed', 2)]), 100)).toEqual([['owner-notice', 'met']]);
    expect(states(incident('harvesting'), 100)).toEqual([]);
  });
});

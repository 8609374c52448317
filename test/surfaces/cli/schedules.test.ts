import { agents, type Scheduling, scheduling } from '../../operations/support/scheduling';
import { kopruOn } from './support';

describe('kopru schedules', () => {
  let s: Scheduling;
  beforeAll(async () => {
    s = await scheduling('2026-11-20T12:00');
  });
  afterAll(() => s.drop());

  const kopru = kopruOn(() => ({ broker: s.broker, db: s.broker.db, publication: s.broker as never }));

  test('lists them with the next five times, as Istanbul has them', async () => {
    const { code, out } = await kopru('schedules');
    expect(code).toBe(0);
    expect(out).toMatch(/agents.*periodic.*0 2 \* \* \*.*agreement.*21\/11\/2026, 02:00:00/);
    const listed = JSON.parse((await kopru('schedules', '--json')).out);
    expect(listed[0]).toMatchObject({ dataset: agents, mode: 'periodic', fromAgreement: true, paused: false });
    expect(listed[0].publicationConsent).toMatchObject([{ dataset: agents, state: 'closed', article: 'V.Ç.10' }]);
    expect(out).toContain(`publication of statistics from ${agents}: closed (V.Ç.10)`);
    expect(listed[0].next).toHaveLength(5);
  });

  test('sets, pauses, resumes and gives back', async () => {
    expect((await kopru('schedules', 'set', agents, 'periodic', '30 6 * * *')).out).toMatch(/30 6 \* \* \*.*cli.*21\/11\/2026, 06:30:00/);
    expect((await kopru('schedules', 'pause', agents, 'periodic')).out).toMatch(/cli, paused/);
    expect((await kopru('schedules', 'resume', agents, 'periodic')).out).toMatch(/06:30:00/);
    const words = ['0', '7', ' 1,15 ', '*', '*'];
    expect((await kopru('schedules', 'set', agents, 'periodic', ...words)).out).toMatch(/01\/12\/2026, 07:00:00/);
    expect(JSON.parse((await kopru('schedules', 'set', agents, 'periodic', 'agreement', '--json')).out)).toMatchObject({
      cron: '0 2 * * *',
      fromAgreement: true,
    });
  });

  test('says in one sentence what is wrong', async () => {
    expect(await kopru('schedules', 'set', agents, 'periodic', 'nightly')).toEqual({
      code: 2,
      out: '',
      err: expect.stringMatching(/^kopru: "nightly" is no schedule: write five .*\[schedule-invalid\]\n$/),
    });
    expect(await kopru('schedules', 'pause', agents, 'hourly')).toMatchObject({ code: 2 });
    expect(await kopru('schedules', 'resume', agents, 'yearly')).toMatchObject({ code: 3 });
    expect(await kopru('schedules', 'pause', 'no.such', 'yearly')).toMatchObject({ code: 3 });
  });

  test('lists slots', async () => {
    const at = new Date('2026-11-20T23:00:00Z');
    const slot = { dataset: agents, mode: 'periodic', at, status: 'refused', claimedAt: at, errorCode: 'sources-invalid' };
    await s.broker.db.prisma.slot.create({ data: slot });
    expect((await kopru('schedules', 'slots', '--dataset', agents, '--limit', '5')).out).toMatch(
      /21\/11\/2026, 02:00:00.*periodic.*refused.*sources-invalid/,
    );
    expect(JSON.parse((await kopru('schedules', 'slots', '--dataset', 'other', '--json')).out)).toEqual([]);
    expect(await kopru('schedules', 'slots', '--limit', 'many')).toMatchObject({ code: 2 });
  });
});

import { recordEvent } from '../../src/operations/agreementEvents';
import { askConsent, decideConsent, listConsents, withdrawConsent } from '../../src/publication/consents';
import { createShelf } from '../../src/publication/public/shelf';
import { approvePublication, declinePublication, publishPublication } from '../../src/publication/publications/decide';
import { digestOf } from '../../src/publication/publications/digest';
import { listPublications, showPublication } from '../../src/publication/publications/view';
import { withdrawPublication } from '../../src/publication/publications/withdraw';
import { type Desk, datasets, desk, document } from '../publication/support';
import { type TestBroker, testBroker } from '../support/broker';

const day = 24 * 3_600_000;
const mixed = 'agents-by-status-province';
let broker: TestBroker;
let people: Desk;
let now = new Date('2026-08-20T09:00:00Z');

beforeAll(async () => {
  broker = await testBroker({ agents: 200, workers: 2_000, children: 200, clock: () => now });
  for (const dataset of datasets) await broker.run(dataset);
  people = await desk(broker);
}, 120_000);
afterAll(() => broker?.close());

const room = () => broker.app.publication;
const flags = async () => (await broker.app.broker.state()).consents.map(({ number }) => number);
const ask = (statistic = 'agents-by-status', dataset = 'iskur.agents') =>
  askConsent(room(), { dataset, statistic, document }, people.publishers.cgm as never);

test('the whole life: asked, refused, asked again, granted, frozen, approved, published, withdrawn', async () => {
  const first = await ask();
  await expect(ask()).rejects.toMatchObject({ code: 'state-conflict' });
  await decideConsent(room(), first, { what: 'refuse', document }, people.approvers.iskur as never);
  expect(await flags()).toEqual([]);
  const second = await ask();
  await decideConsent(room(), second, { what: 'grant', until: '2026-12-31', document }, people.approvers.iskur as never);
  // Only now is the flag in force.
  expect(await flags()).toEqual([second]);
  await expect(decideConsent(room(), second, { what: 'refuse', document }, people.approvers.iskur as never)).rejects.toMatchObject({
    code: 'state-conflict',
  });
  const states = (await listConsents(room(), { statistic: 'agents-by-status' })).map(({ state, inForce }) => [state, inForce]);
  expect(states).toEqual([
    ['granted', true],
    ['refused', false],
  ]);

  const number = await people.propose('agents-by-status');
  const shown = await showPublication(room(), number);
  expect(shown).toMatchObject({ state: 'proposed', whole: true, contributors: [{ owner: 'iskur', approval: null }] });
  expect(shown.table.cells.find(({ at }) => at[0] === '*')?.count).toBe(200);
  await expect(publishPublication(room(), number, document, people.publishers.cgm as never)).rejects.toMatchObject({
    code: 'approval-missing',
    message: expect.stringContaining('V.Ç.10'),
  });
  await expect(people.approve(number, people.approvers.cgm as never)).rejects.toMatchObject({ code: 'approver-refused' });
  const asked = { digest: '0'.repeat(64), document };
  await expect(approvePublication(room(), number, asked, people.approvers.iskur as never)).rejects.toMatchObject({
    code: 'table-changed',
    message: expect.stringContaining('V.Ç.10'),
  });
  await people.approve(number, people.approvers.iskur as never);
  expect((await showPublication(room(), number)).state).toBe('approved');

  await expect(publishPublication(room(), number, document, people.publishers.iskur as never)).rejects.toMatchObject({
    code: 'publisher-refused',
  });
  await publishPublication(room(), number, document, people.publishers.cgm as never);
  const shelf = createShelf(room());
  expect(await shelf.list()).toMatchObject([{ number, publisher: 'Çalışma Genel Müdürlüğü' }]);
  const open = await shelf.one(number);
  // The owner did not allow that it be named (Ek-2 5.3).
  expect(open.approvals).toEqual([{ owner: null, article: 'V.Ç.10', on: '2026-08-20' }]);
  expect(JSON.stringify(open)).not.toMatch(/iskur|Türkiye İş Kurumu/i);
  expect(open.cells.find(({ at }) => at[0] === '*')?.count).toBe(200);

  const before = await shelf.generation();
  await withdrawPublication(room(), number, document, people.approvers.iskur as never);
  // Gone at once.
  expect(await shelf.generation()).toBeGreaterThan(before);
  expect(await shelf.list()).toEqual([]);
  await expect(shelf.one(number)).rejects.toMatchObject({ code: 'publication-withdrawn' });
  await expect(withdrawPublication(room(), number, document, people.publishers.cgm as never)).rejects.toMatchObject({
    code: 'state-conflict',
  });
  expect((await listPublications(room(), 'cgm')).find((one) => one.number === number)?.state).toBe('withdrawn');
});

describe('who may not', () => {
  test('a consent is decided by the owner’s approver, never by the party that asks', async () => {
    const asked = await ask('agents-by-status-province');
    for (const what of [{ what: 'grant', until: '2026-12-31', document } as const, { what: 'refuse', document } as const])
      await expect(decideConsent(room(), asked, what, people.approvers.cgm as never)).rejects.toMatchObject({
        code: 'approver-refused',
        message: expect.stringContaining('V.Ç.10'),
      });
    await expect(
      askConsent(room(), { dataset: 'emetip.workers', statistic: mixed, document }, people.publishers.cgm as never),
    ).rejects.toMatchObject({
      code: 'request-invalid',
    });
    await decideConsent(room(), asked, { what: 'refuse', document }, people.approvers.iskur as never);
  });

  test('whoever proposed a table does not approve it', async () => {
    const proposer = people.publishers.iskur as never;
    const own = await people.propose('agents-by-status', proposer);
    await expect(people.approve(own, proposer)).rejects.toMatchObject({ code: 'self-refused', message: expect.stringContaining('V.Ç.10') });
    await declinePublication(room(), own, document, people.approvers.iskur as never);
    await expect(people.approve(own, people.approvers.iskur as never)).rejects.toMatchObject({ code: 'state-conflict' });
    await expect(publishPublication(room(), own, document, proposer)).rejects.toMatchObject({ code: 'state-conflict' });
  });
});

describe('what keeps a table closed', () => {
  const statistic = 'workers-by-home-province-role';

  test('a mixed table with one owner’s approval, or with both and no consent', async () => {
    const mix = await people.propose('agent-workers-by-status');
    const publish = () => publishPublication(room(), mix, document, people.publishers.cgm as never);
    expect((await showPublication(room(), mix)).contributors.map(({ owner }) => owner)).toEqual(['cgm', 'iskur']);
    await people.approve(mix, people.approvers.cgm as never);
    await expect(publish()).rejects.toMatchObject({ code: 'approval-missing', message: expect.stringContaining('V.Ç.10') });
    await people.approve(mix, people.approvers.iskur as never, true);
    await expect(publish()).rejects.toMatchObject({ code: 'consent-missing', message: expect.stringContaining('V.Ç.10') });
    const asked = await ask('agent-workers-by-status');
    await decideConsent(room(), asked, { what: 'grant', until: '2026-12-31', document }, people.approvers.iskur as never);
    await publish();
    const open = await createShelf(room()).one(mix);
    expect(open.approvals.map(({ owner }) => owner)).toEqual(['Çalışma Genel Müdürlüğü', 'Türkiye İş Kurumu Genel Müdürlüğü']);
    // With the consent goes what rests on it.
    expect(await withdrawConsent(room(), asked, document, people.approvers.iskur as never)).toEqual([mix]);
    await expect(createShelf(room()).one(mix)).rejects.toMatchObject({ code: 'publication-withdrawn' });
  });

  test('a consent that has expired, or that is to come', async () => {
    const iskur = people.publishers.iskur as never;
    const consent = await people.consent('emetip.workers', statistic, { from: '2026-08-22', until: '2026-08-25' });
    const number = await people.propose(statistic, iskur);
    await people.approve(number, people.approvers.cgm as never);
    const publish = () => publishPublication(room(), number, document, iskur);
    const missing = { code: 'consent-missing', message: expect.stringContaining('V.Ç.9') };
    await expect(publish()).rejects.toMatchObject(missing);
    const began = now;
    now = new Date(began.getTime() + 6 * day);
    await expect(publish()).rejects.toMatchObject(missing);
    expect((await listConsents(room(), { number: consent }))[0]).toMatchObject({ state: 'expired', inForce: false });
    // Was there consent on that day?
    const on = async (date: string) => (await listConsents(room(), { number: consent }, date))[0]?.inForce ?? false;
    expect([
      await on('2026-08-19'),
      await on('2026-08-21'),
      await on('2026-08-22'),
      await on('2026-08-25'),
      await on('2026-08-26'),
    ]).toEqual([false, false, true, true, false]);
    now = new Date(began.getTime() + 3 * day);
    await publish();
    now = began;
  });

  test('a stored table that was changed after it was approved', async () => {
    const tamper = (change: string) =>
      broker.app.db.pool.query(
        `alter table publication disable trigger user; update publication set ${change} where id = ${id}; alter table publication enable trigger user`,
      );
    const id = await people.propose('workers-by-province-month', people.publishers.cgm as never);
    await people.approve(id, people.approvers.cgm as never);
    await expect(broker.app.db.pool.query(`update publication set digest = digest where id = ${id}`)).rejects.toThrow();
    await tamper(`"table" = jsonb_set("table", '{cells,0,count}', '999')`);
    await expect(publishPublication(room(), id, document, people.publishers.cgm as never)).rejects.toMatchObject({ code: 'table-changed' });
    expect((await showPublication(room(), id)).whole).toBe(false);
    // Nor does a digest that was made to fit.
    const { table, sources } = (await broker.app.db.prisma.publication.findUniqueOrThrow({ where: { id } })) as never;
    await tamper(`digest = '${digestOf(table, sources)}'`);
    await expect(publishPublication(room(), id, document, people.publishers.cgm as never)).rejects.toMatchObject({
      code: 'table-changed',
      message: expect.stringContaining('V.Ç.9'),
    });
    await withdrawPublication(room(), id, document, people.publishers.cgm as never);
  });

  test('what it was counted from, changed after it was approved, or an approval that there is not', async () => {
    const id = await people.propose('children-by-sector-age-schooling', people.publishers.cgm as never);
    await people.approve(id, people.approvers.cgm as never);
    const tamper = (table: string, change: string) =>
      broker.app.db.pool.query(`alter table ${table} disable trigger user; ${change}; alter table ${table} enable trigger user`);
    const shown = () => createShelf(room()).one(id);
    const changed = { code: 'table-changed' };
    const { sources } = await broker.app.db.prisma.publication.findUniqueOrThrow({ where: { id } });
    const setSources = (value: unknown) =>
      tamper('publication', `update publication set sources = '${JSON.stringify(value)}' where id = ${id}`);
    const later = JSON.parse(JSON.stringify(sources).replace(/"version":(\d+)/, (_, n) => `"version":${Number(n) + 1}`));
    await setSources(later);
    await expect(publishPublication(room(), id, document, people.publishers.cgm as never)).rejects.toMatchObject(changed);
    await setSources(sources);
    await publishPublication(room(), id, document, people.publishers.cgm as never);
    expect(await shown()).toMatchObject({ number: id });
    await setSources(later);
    await expect(shown()).rejects.toMatchObject(changed);
    await setSources(sources);
    // What it was published on must name each owner's approval.
    const grounds = (of: string) =>
      tamper('publication_event', `update publication_event set grounds = ${of} where publication_id = ${id} and what = 'published'`);
    await grounds(`jsonb_set(grounds, '{approvals}', '[]')`);
    await expect(shown()).rejects.toMatchObject(changed);
    await withdrawPublication(room(), id, document, people.publishers.cgm as never);
  });

  test('another day’s table that differs by one person is not frozen', async () => {
    const listed = async () => (await listPublications(room())).filter((one) => one.statistic === statistic).length;
    if ((await listed()) === 0) await people.propose(statistic, people.publishers.cgm as never);
    // The next day moves few people between provinces.
    broker.standIns.simulator.world.nextDay();
    for (const dataset of datasets) await broker.run(dataset);
    const before = await listed();
    await expect(people.propose(statistic, people.publishers.cgm as never)).rejects.toMatchObject({
      code: 'table-refused',
      message: expect.stringContaining('too few people'),
    });
    expect(await listed()).toBe(before);
  });

  test('an agreement that has ended: nothing is asked for, decided, proposed, approved or published, and what is there can be taken back', async () => {
    const given = await people.consent('cts.children', 'children-by-sector-age-schooling', { until: '2026-12-31' });
    const inForce = async (on?: string) => (await listConsents(room(), { number: given }, on)).map((one) => one.inForce);
    expect(await inForce()).toEqual([true]);
    const consent = await ask(mixed);
    const open = await people.propose('agents-by-status');
    await people.approve(open, people.approvers.iskur as never);
    await recordEvent(broker.app, { type: 'termination', on: '2026-08-20', by: 'cgm', ground: 'test' }, 'test', true);
    const ended = { code: 'agreement-not-in-force', message: expect.stringContaining('VII') };
    await expect(ask('agents-by-status')).rejects.toMatchObject(ended);
    await expect(
      decideConsent(room(), consent, { what: 'grant', until: '2026-12-31', document }, people.approvers.iskur as never),
    ).rejects.toMatchObject(ended);
    await expect(people.propose('agents-by-status')).rejects.toMatchObject(ended);
    await expect(people.approve(open, people.approvers.iskur as never)).rejects.toMatchObject(ended);
    await expect(publishPublication(room(), open, document, people.publishers.cgm as never)).rejects.toMatchObject(ended);
    expect(await flags()).toEqual([]);
    expect(await inForce()).toEqual([false]);
    await withdrawPublication(room(), open, document, people.publishers.cgm as never);
  });
});

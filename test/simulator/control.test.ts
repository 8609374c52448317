import { plantedFindings, plantedKinds } from '../../src/simulator';
import { ask, jsonOf } from './support/client';
import { type StandIn, smallSizes, standIn } from './support/standIn';

let sim: StandIn;
beforeAll(async () => {
  sim = await standIn({ controlToken: 'steer' });
});
afterAll(() => sim.close());
afterEach(() => sim.faults.clear());

const control = (method: string, path: string, body?: unknown, token = 'steer') =>
  ask(sim.controlUrl + path, {
    ca: sim.ca,
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

it('refuses a wrong token', async () => {
  expect((await control('POST', '/next-day', undefined, 'x')).status).toBe(401);
});

it('orders, shows and clears faults on every service’s server', async () => {
  const url = `${new URL(sim.baseUrls.workers).origin}/control/faults`;
  const headers = { authorization: 'Bearer steer' };
  const ordered = await ask(url, {
    ca: sim.ca,
    method: 'POST',
    headers,
    body: JSON.stringify({ service: 'workers', kind: 'half-list' }),
  });
  expect([ordered.status, jsonOf(ordered)]).toEqual([
    200,
    [{ service: 'workers', when: 'next', times: 'always', fault: { kind: 'half-list', total: 'lowered' } }],
  ]);
  expect(jsonOf(await sim.get('workers')).toplam).toBe(smallSizes.workers / 2);
  expect(jsonOf(await control('GET', '/faults'))).toHaveLength(1);
  await control('DELETE', '/faults');
  expect(jsonOf(await sim.get('workers')).toplam).toBe(smallSizes.workers);
  expect((await control('POST', '/faults', { service: 'workers', kind: 'nothing' })).status).toBe(400);
});

it('lets a day pass, and tells truth, difference and what is planted', async () => {
  const before = sim.world.day();
  expect(jsonOf(await control('POST', '/next-day'))).toEqual({ day: before + 1, date: sim.world.date() });
  const lines = (await control('GET', `/truth/emetip.workers?day=${before}`)).body.toString().trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([...sim.world.truth('emetip.workers', before)]);
  expect(jsonOf(await control('GET', `/diff/cts.children?from=${before}&to=${before + 1}`))).toEqual(
    sim.world.diff('cts.children', before, before + 1),
  );
  expect(jsonOf(await control('GET', '/planted')).agents.total).toBe(smallSizes.agents);
  const findings = plantedFindings(sim.world, before);
  expect(jsonOf(await control('GET', `/findings?day=${before}`))).toEqual(
    Object.fromEntries(plantedKinds.map((kind) => [kind, [...findings[kind].values()]])),
  );
  expect(jsonOf(await control('GET', '/state'))).toMatchObject({ day: before + 1, sizes: { 'iskur.agents': smallSizes.agents } });
});

it('has findings mended and brought back with the next day', async () => {
  const conflicts = async () => jsonOf(await control('GET', '/findings'))['identity-conflict'].length;
  expect(jsonOf(await control('POST', '/mend/identity-conflict'))).toEqual({ from: sim.world.day() + 1 });
  await control('POST', '/next-day');
  expect(await conflicts()).toBe(0);
  await control('POST', '/relapse/identity-conflict');
  await control('POST', '/next-day');
  expect(await conflicts()).toBeGreaterThan(0);
  expect((await control('POST', '/mend/nothing')).status).toBe(400);
});

it('says what is wrong with a request', async () => {
  for (const path of ['/truth/nothing', `/truth/cts.children?day=${sim.world.day() + 1}`, '/diff/cts.children?from=x']) {
    const reply = await control('GET', path);
    expect([reply.status, typeof jsonOf(reply).error]).toEqual([400, 'string']);
  }
  expect((await control('GET', '/nothing')).status).toBe(404);
});

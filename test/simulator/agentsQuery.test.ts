import { completeTckn, idKind } from '../../src/core/nationalId';
import { queryMapping } from '../../src/simulator/services/mappings';
import { jsonOf } from './support/client';
import { mapped } from './support/mapped';
import { type StandIn, standIn } from './support/standIn';

let now = new Date('2026-08-15T20:30:00Z');
let sim: StandIn;
beforeAll(async () => {
  sim = await standIn({ queryDailyLimit: 60, clock: () => now });
});
afterAll(() => sim.close());
beforeEach(() => {
  // Every test has a day, and so a limit, of its own.
  now = new Date(now.getTime() + 86_400_000);
});

it('answers one id with Ek-1’s six outputs and not the id', async () => {
  const citizens = [...sim.world.truth('iskur.agents')].filter((agent) => idKind(agent.nationalId) === 'tckn').slice(0, 30);
  for (const { nationalId, ...rest } of citizens) {
    const reply = await sim.query(nationalId);
    expect(reply.status).toBe(200);
    expect(Object.keys(jsonOf(reply))).toEqual([
      'adSoyad',
      'unvan',
      'mevcutIzinBaslangicTarihi',
      'telefonNumarasi',
      'mevcutIzinDonemindeBildirilenIsciSayisi',
      'durum',
    ]);
    expect(mapped(jsonOf(reply), queryMapping)).toEqual(rest);
  }
});

it('says bulunamadı to an id it does not know', async () => {
  const reply = await sim.query(completeTckn('123456789'));
  expect([reply.status, jsonOf(reply).hata]).toEqual([404, 'bulunamadı']);
});

it('refuses a tax number, although the list holds it, and what is no number', async () => {
  const legal = [...sim.world.truth('iskur.agents')].find((agent) => idKind(agent.nationalId) === 'vkn');
  const reply = await sim.query(legal?.nationalId ?? '');
  expect([reply.status, jsonOf(reply).hata]).toEqual([400, 'vergi kimlik no ile sorgulanamaz']);
  for (const wrong of ['', '1'.repeat(11), 'abc']) expect((await sim.query(wrong)).status).toBe(400);
  for (const body of ['no json', '{}', '{"tcKimlikNo":5}', 'null'])
    expect((await sim.get('agents-query', '', { method: 'POST', body })).status).toBe(400);
});

it('says yetkisiz as a 500', async () => {
  const reply = await sim.get('agents-query', '', { method: 'POST', body: '{}', headers: { authorization: 'Basic YTpi' } });
  expect([reply.status, jsonOf(reply).hata]).toEqual([500, 'yetkisiz']);
});

it('stops at the daily limit until midnight in Istanbul, or until its own next day', async () => {
  const id = completeTckn('123456789');
  now = new Date('2026-09-01T20:30:00Z');
  for (let i = 0; i < 60; i += 1) expect((await sim.query(id)).status).toBe(404);
  const over = await sim.query(id);
  expect([over.status, over.headers['retry-after']]).toEqual([429, '1800']);
  now = new Date('2026-09-01T21:00:00Z');
  for (let i = 0; i < 60; i += 1) expect((await sim.query(id)).status).toBe(404);
  expect((await sim.query(id)).status).toBe(429);
  sim.world.nextDay();
  expect((await sim.query(id)).status).toBe(404);
});

it('follows the days of its data', async () => {
  const day = sim.world.day();
  sim.world.nextDay();
  const { added, removed } = sim.world.diff('iskur.agents', day, day + 1);
  const citizen = (id: string) => idKind(id) === 'tckn';
  for (const id of added.filter(citizen)) expect((await sim.query(id)).status).toBe(200);
  for (const id of removed.filter(citizen)) expect((await sim.query(id)).status).toBe(404);
  expect([...added, ...removed].some(citizen)).toBe(true);
});

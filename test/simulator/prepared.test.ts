import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { listingNames } from '../../src/simulator/services/addresses';
import { ask, jsonOf } from './support/client';
import { rowsOf, type StandIn, standIn } from './support/standIn';

const caps = { agents: 40, workers: 200, children: 90 };
const folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-pages-'));
let prepared: StandIn;
let plain: StandIn;

beforeAll(async () => {
  prepared = await standIn({ pageCaps: caps, pagesFolder: folder, controlToken: 'steer' });
  plain = await standIn({ pageCaps: caps, credentials: prepared.credentials });
});
afterAll(async () => {
  await Promise.all([prepared.close(), plain.close()]);
  rmSync(folder, { recursive: true });
});

describe.each(listingNames)('%s from prepared pages', (service) => {
  it('answers as if they were made when asked for, whole pages and others', async () => {
    for (const size of [caps[service], 17]) expect(await prepared.all(service, size)).toEqual(await plain.all(service, size));
  });
});

it('prepares the next day before it begins', async () => {
  const reply = await ask(`${prepared.controlUrl}/next-day`, {
    ca: prepared.ca,
    method: 'POST',
    headers: { authorization: 'Bearer steer' },
  });
  expect(reply.status).toBe(200);
  plain.world.nextDay();
  for (const service of listingNames) expect(await prepared.all(service, caps[service])).toEqual(await plain.all(service, caps[service]));
});

it('makes a page itself where a fault is ordered, or a day passed unprepared', async () => {
  prepared.faults.order({ service: 'workers', kind: 'missing-field', field: 'workProvince', times: 1 });
  expect(rowsOf(jsonOf(await prepared.get('workers')))[0].is).not.toHaveProperty('il');
  prepared.world.nextDay();
  plain.world.nextDay();
  expect(await prepared.all('workers', caps.workers)).toEqual(await plain.all('workers', caps.workers));
});

it('leaves no file behind', () => {
  expect(readdirSync(folder)).toEqual([]);
});

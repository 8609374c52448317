import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { completeTckn } from '../../src/core/nationalId';
import { loadSources } from '../../src/sources';
import { type TestBroker, testBroker } from '../support/broker';
import { readAll } from '../support/readAll';

const agents = 'iskur.agents';

/** A plain REST server of somebody else's making: page and limit, English names, numbers for ids, a total in a header of its own. */
async function plainServer(people: () => object[]): Promise<{ url: string; server: Server; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((req, res) => {
    const url = new URL(req.url ?? '/', 'http://server');
    asked.push(url.search);
    const page = Number(url.searchParams.get('page'));
    const limit = Math.min(Number(url.searchParams.get('limit')), 7);
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify({ data: { brokers: people().slice((page - 1) * limit, page * limit) }, page }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, server, asked };
}

test('a plain third-party server is connected by configuration alone', async () => {
  const people = Array.from({ length: 30 }, (_, i) => ({
    person: { tax_no: Number(completeTckn(String(100000001 + i * 977))), display: `Deneme Kişi ${i}` },
    licence: { from: '15/03/2025', state: i % 2 === 0 ? 'OK' : 'WITHDRAWN' },
    headcount: i % 3 === 0 ? null : i,
    shoe_size: 40,
  }));
  const plain = await plainServer(() => people);
  let broker: TestBroker | undefined;
  try {
    broker = await testBroker();
    const file = path.join(broker.folder, 'third-party.yaml');
    writeFileSync(
      file,
      `sources:
  ${agents}:
    kind: listing
    service: Somebody else's register
    baseUrl: ${plain.url}
    allowHttpOnLoopback: true
    request: { path: /v2/brokers }
    paging: { style: page, sizeParam: limit }
    response: { records: data.brokers }
    limits: { pageSize: 10 }
    fields:
      nationalId: { from: person.tax_no, accept: number }
      fullName: person.display
      permitStartDate: { from: licence.from, format: dd/MM/yyyy }
      reportedWorkerCount: headcount
      status: { from: licence.state, values: { OK: AKTİF, WITHDRAWN: İPTAL } }
`,
    );
    (broker.app.broker as { sources: unknown }).sources = loadSources(file, broker.app.agreement).sources;
    const run = await broker.run(agents);
    expect(run).toMatchObject({ status: 'succeeded', error: null, quarantined: 0 });
    expect(run.unknownFields.names).toContain('shoe_size');
    const read = await readAll(broker.app, 'cgm', agents);
    expect(read).toHaveLength(30);
    expect(read.find((r) => r.fullName === 'Deneme Kişi 4')).toEqual({
      nationalId: String(people[4]?.person.tax_no),
      fullName: 'Deneme Kişi 4',
      title: null,
      permitStartDate: '2025-03-15',
      phone: null,
      reportedWorkerCount: 4,
      status: 'AKTİF',
    });
    expect(read.filter((r) => r.reportedWorkerCount === null)).toHaveLength(10);

    // Without a version, two readings must agree: somebody leaves while page 3 is asked for.
    const before = plain.asked.length;
    const left = people.splice(2, 1);
    expect(left).toHaveLength(1);
    expect((await broker.run(agents)).status).toBe('succeeded');
    expect(plain.asked.length - before).toBeGreaterThanOrEqual(10);
    expect(await readAll(broker.app, 'cgm', agents)).toHaveLength(29);
  } finally {
    await broker?.close();
    plain.server.close();
  }
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { completeTckn } from '../../../src/core/nationalId';
import { readClientCertificate } from '../../../src/infra/tls/read';
import { addAddressRule } from '../../../src/operations/institutions/addresses';
import { listCertificates, registerCertificate, revokeCertificate } from '../../../src/operations/institutions/certificates';
import { logged } from '../../support/audit';
import { type TestBroker, testBroker } from '../../support/broker';
import { issueAuthority, issueClient, type Pair } from '../../support/clientCertificates';
import { somebody } from '../../support/people';
import { type Api, closeClean, servedApi } from '../../surfaces/api/support';
import { keptOpen } from './rows';

const workers = '/v1/datasets/emetip.workers/records?limit=1';

describe('a party with a registered certificate', () => {
  const now = new Date();
  let folder: string;
  let broker: TestBroker;
  let api: Api;
  let authority: Pair;
  let iskur: { id: number; token: string };
  let cgm: { id: number; token: string };

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-ca-'));
    authority = await issueAuthority(now);
    const file = path.join(folder, 'ca.pem');
    writeFileSync(file, authority.cert);
    broker = await testBroker({ agents: 10, workers: 30, children: 10, env: { CLIENT_CERTIFICATES: 'optional', CLIENT_CA_FILE: file } });
    expect((await broker.run('emetip.workers')).status).toBe('succeeded');
    api = await servedApi(broker);
    [iskur, cgm] = [await somebody(broker.app.broker, 'iskur'), await somebody(broker.app.broker, 'cgm')];
  });
  afterAll(async () => {
    await closeClean(broker);
    rmSync(folder, { recursive: true, force: true });
  });

  const issued = () => issueClient(authority, { organisation: 'Kurum', name: 'iskur' }, 30, now);
  const register = async (pair: Pair, party = 'iskur') => {
    const wish = { party, certificate: readClientCertificate(pair.cert, now), document: 'd' };
    return (await registerCertificate(broker.app.broker, wish, { by: 'test', command: 'cert import' })).id;
  };
  /** Asks once over a connection of its own, and holds what came against the log. */
  const asks = async (person: { id: number; token: string }, pair?: Pair, where = workers) => {
    const kept = keptOpen(api, person, pair);
    const { status, code, id } = await kept.ask(where);
    kept.close();
    const [entry] = await logged(broker.database.db, { requestId: id });
    expect(entry).toMatchObject({ person: person.id, decision: status === 200 ? 'allow' : 'refuse', code: code ?? null });
    if (status !== 200) expect(entry).toMatchObject({ article: 'policy', records: null, subjects: null });
    return code ?? status;
  };

  test('comes with it, on every route; without, with another’s or an unregistered one it is refused, and that is logged', async () => {
    expect(await asks(iskur)).toBe(200);
    const [own, others] = [await issued(), await issued()];
    const id = await register(own);
    for (const where of [workers, '/v1/datasets', '/v1/findings', '/v1/runs', '/v1/datasets/emetip.workers/export'])
      expect([where, await asks(iskur, undefined, where)]).toEqual([where, 'certificate-required']);
    expect(await asks(iskur, own)).toBe(200);
    expect(await asks(iskur, await issued())).toBe('certificate-refused');
    await register(others, 'cgm');
    expect(await asks(iskur, others)).toBe('certificate-refused');
    expect(await asks(cgm, own)).toBe('certificate-refused');
    expect([await asks(cgm), await asks(cgm, others)]).toEqual(['certificate-required', 200]);
    // Its end, on a connection that stays open.
    const kept = keptOpen(api, iskur, own);
    expect(await kept.ask(workers)).toMatchObject({ status: 200 });
    await revokeCertificate(broker.app.broker, { id, reason: 'd' }, 'test');
    expect(await kept.ask(workers)).toMatchObject({ status: 403, code: 'certificate-refused', reused: true });
    kept.close();
  });

  test('its personnel administrators see and end its own certificates, and nobody else’s', async () => {
    const pair = await issued();
    const [own, others] = [await register(pair), await register(await issued(), 'cgm')];
    const administrator = await somebody(broker.app.broker, 'iskur', { roles: ['personnel'] });
    const member = keptOpen(api, iskur, pair);
    for (const where of ['/v1/certificates', '/v1/addresses']) expect(await member.ask(where)).toMatchObject({ code: 'role-refused' });
    expect(await member.ask(`/v1/certificates/${own}/revocation`, {}, { reason: 'E-9' })).toMatchObject({ code: 'role-refused' });
    member.close();
    const kept = keptOpen(api, administrator, pair);
    await addAddressRule(broker.app.broker, { party: 'iskur', cidr: '127.0.0.0/8', document: 'd' }, 'test');
    await addAddressRule(broker.app.broker, { party: 'cgm', cidr: '127.0.0.0/8', document: 'd' }, 'test');
    expect((await kept.ask('/v1/addresses')).json.addresses).toMatchObject([{ unit: null, cidr: '127.0.0.0/8' }]);
    const { certificates } = (await kept.ask('/v1/certificates')).json;
    expect(certificates.map(({ id }: { id: number }) => id)).not.toContain(others);
    expect(certificates).toContainEqual(expect.objectContaining({ id: own, status: 'valid', document: 'd' }));
    for (const foreign of [others, 999_999]) {
      const refused = await kept.ask(`/v1/certificates/${foreign}/revocation`, {}, { reason: 'E-9' });
      expect(refused).toMatchObject({ status: 404, code: 'not-found' });
      expect(await logged(broker.database.db, { requestId: refused.id })).toHaveLength(2);
    }
    expect((await listCertificates(broker.app.broker)).find(({ id }) => id === others)?.status).toBe('valid');
    const odd = await kept.ask(`/v1/certificates/${own}/revocation`, {}, { reason: completeTckn('412345670') });
    expect(odd).toMatchObject({ status: 400, code: 'request-invalid' });
    expect(await kept.ask(`/v1/certificates/${own}/revocation`, {}, { reason: 'E-9' })).toMatchObject({ status: 200 });
    expect(await kept.ask('/v1/certificates')).toMatchObject({ status: 403, code: 'certificate-refused', reused: true });
    kept.close();
    expect((await listCertificates(broker.app.broker)).find(({ id }) => id === own)).toMatchObject({
      status: 'revoked',
      revokedBy: `person:${administrator.id}`,
    });
  });
});

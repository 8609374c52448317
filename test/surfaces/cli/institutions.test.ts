import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { partyOfCertificate } from '../../../src/access/institutions/certificates';
import { readSettings } from '../../../src/infra/settings';
import { issueClientFiles, makeClientAuthority } from '../../../src/infra/tls/clients';
import { readClientCertificateFile } from '../../../src/infra/tls/read';
import { askApi } from '../../../src/surfaces/cli/client';
import { logged as entries } from '../../support/audit';
import { type TestBroker, testBroker } from '../../support/broker';
import { days, fingerprintOf, issueAuthority, issueClient, oddCertificate } from '../../support/clientCertificates';
import { logOf } from '../api/support';
import { kopruOn } from './support';

/** The commands on a broker whose API is reached with the certificates that they issue. */
describe('kopru cert and kopru address', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kopru-cert-'));
  const at = (...names: string[]) => path.join(folder, ...names);
  const outputs: string[] = [];
  let broker: TestBroker;
  let settings = readSettings({});

  const run = kopruOn(() => ({ ...broker?.app, settings }), {
    certificates: {
      makeAuthority: (out) => makeClientAuthority(out, new Date()),
      issue: (wish) => issueClientFiles(wish, new Date()),
      read: async (file) => readClientCertificateFile(file, new Date()),
    },
  });
  const kopru = async (...words: string[]) => {
    const { code, out, err } = await run(...words);
    outputs.push(out + err);
    return { code, text: out + err };
  };
  const told = async (...words: string[]) => JSON.parse((await kopru(...words, '--json')).text);
  const logged = () => entries(broker.database.db, { kind: 'operation' });

  beforeAll(async () => {
    expect(await kopru('cert', 'ca', '--out', at('ca'))).toEqual({ code: 0, text: expect.stringContaining('CLIENT_CA_FILE') });
    const env = { CLIENT_CERTIFICATES: 'required', CLIENT_CA_FILE: at('ca', 'ca.pem') };
    broker = await testBroker({ agents: 10, workers: 10, children: 10, work: false, env });
    settings = broker.app.settings;
  });
  afterAll(async () => {
    await broker.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('an issued certificate is registered, and opens the API to whoever has its key', async () => {
    const url = await broker.app.api(broker.tls);
    const access = { url, caFile: broker.tls.caFile, tokenFile: at('none.token') };
    writeFileSync(access.tokenFile, 'kopru_none');
    for (const where of ['/health/live', '/openapi.json', '/docs', '/v1/datasets', '/nowhere'])
      await expect(askApi(access, where)).rejects.toMatchObject({ code: 'certificate-required' });
    const issued = await told('cert', 'issue', '--party', 'iskur', '--ca', at('ca'), '--out', at('iskur'), '--days', '30');
    const pem = readFileSync(at('iskur', 'iskur.pem'), 'utf8');
    expect(issued).toMatchObject({
      party: 'iskur',
      status: 'valid',
      keyFile: at('iskur', 'iskur-key.pem'),
      certFile: at('iskur', 'iskur.pem'),
    });
    expect(new X509Certificate(pem).subject).toBe('O=İŞKUR\nCN=iskur');
    expect(issued.fingerprint).toBe(fingerprintOf(pem).toString('hex'));
    expect(statSync(issued.keyFile).mode & 0o777).toBe(0o600);
    expect(await partyOfCertificate(broker.app.db, fingerprintOf(pem), new Date())).toEqual({ party: 'iskur' });
    const shown = { ...access, certFile: issued.certFile, keyFile: issued.keyFile };
    expect((await askApi(shown, '/health/live')).statusCode).toBe(200);
    await expect(askApi(shown, '/v1/datasets')).rejects.toMatchObject({ code: 'not-authenticated' });
    await expect(askApi({ ...shown, keyFile: undefined }, '/health/live')).rejects.toMatchObject({ code: 'usage' });
    expect(logOf(broker)).toMatch(/"code":"certificate-required"/);
  });

  test('an institution’s own is registered once, revoked once, and stays on the list', async () => {
    const { cert } = await issueClient(await issueAuthority(new Date()), { organisation: 'ÇGM', name: 'web' }, 30, new Date());
    writeFileSync(at('own.pem'), cert);
    const own = ['cert', 'import', at('own.pem'), '--party', 'cgm', '--document', 'E-1234'];
    const imported = await told(...own);
    expect(imported).toMatchObject({ party: 'cgm', subject: 'O=ÇGM, CN=web', document: 'E-1234', status: 'valid', addedBy: 'cli' });
    expect(await kopru(...own)).toMatchObject({ code: 3, text: expect.stringMatching(/registered before.*\[state-conflict\]/) });
    const id = String(imported.id);
    expect(await kopru('cert', 'revoke', id, '--reason', 'key lost')).toEqual({ code: 0, text: `Certificate ${id} of cgm is revoked.\n` });
    expect(await partyOfCertificate(broker.app.db, fingerprintOf(cert), new Date())).toBeUndefined();
    expect(await kopru('cert', 'revoke', id, '--reason', 'again')).toMatchObject({
      code: 3,
      text: expect.stringContaining('state-conflict'),
    });
    expect(await kopru(...own)).toMatchObject({ code: 3 });
    expect(await kopru('cert', 'revoke', '999', '--reason', 'none')).toMatchObject({ code: 3, text: expect.stringContaining('not-found') });
    const list = await told('cert', 'list');
    expect(list.map((c: any) => [c.party, c.status, c.revokedReason])).toEqual([
      ['iskur', 'valid', null],
      ['cgm', 'revoked', 'key lost'],
    ]);
    expect((await kopru('cert', 'list')).text).toMatch(/cgm.*revoked.*O=ÇGM, CN=web.*E-1234.*key lost/);
  });

  test('says in one sentence what is wrong, and then registers and logs nothing', async () => {
    const before = await logged();
    writeFileSync(at('old.pem'), (await oddCertificate({ notAfter: days(-1) })).cert);
    const register = ['--party', 'cgm', '--document', 'E-1'];
    for (const [words, code, sentence] of [
      [['cert', 'import', at('old.pem'), ...register], 2, /expired.*\[certificate-invalid\]/],
      [['cert', 'import', at('gone.pem'), ...register], 2, /\[certificate-invalid\]/],
      [['cert', 'import', at('ca', 'ca.pem'), ...register], 2, /authority’s.*\[certificate-invalid\]/],
      [['cert', 'import', at('own.pem'), '--party', 'nobody', '--document', 'E-1'], 3, /no party "nobody".*\[not-found\]/],
      [['cert', 'import', at('own.pem'), '--party', 'cgm', '--document', ' '], 2, /\[request-invalid\]/],
      [['cert', 'issue', '--party', 'iskur', '--ca', at('ca'), '--out', at('iskur')], 3, /not overwritten.*\[state-conflict\]/],
      [['cert', 'issue', '--party', 'cgm', '--ca', at('iskur'), '--out', at('cgm')], 2, /no certificate authority.*\[usage\]/],
      [['cert', 'issue', '--party', '../x', '--ca', at('ca'), '--out', at('cgm')], 3, /\[not-found\]/],
      [['cert', 'issue', '--party', 'cgm', '--ca', at('ca'), '--out', at('cgm'), '--days', '0'], 2, /\[usage\]/],
      [['cert', 'ca', '--out', at('ca')], 3, /not overwritten.*\[state-conflict\]/],
      [['cert', 'revoke', 'x', '--reason', 'r'], 2, /\[usage\]/],
    ] as const)
      expect([words, await kopru(...words)]).toEqual([words, { code, text: expect.stringMatching(sentence) }]);
    expect((await told('cert', 'list')).length).toBe(2);
    expect(await logged()).toEqual(before);
  });

  test('addresses are added, listed and removed', async () => {
    expect((await kopru('address', 'list')).text).toMatch(/every address is allowed/);
    const add = (range: string, ...more: string[]) => kopru('address', 'add', range, '--party', 'iskur', '--document', 'E-7', ...more);
    expect((await add('10.1.0.0/16', '--note', 'Ankara')).text).toMatch(/iskur.*all.*10\.1\.0\.0\/16.*Ankara.*E-7/);
    expect((await add('2001:DB8::/32')).text).toContain('2001:db8::/32');
    expect((await add('10.2.0.7', '--unit', 'adana')).text).toMatch(/adana.*10\.2\.0\.7\/32/);
    expect((await add('10.1.0.0/16', '--unit', 'adana')).code).toBe(0);
    expect(await add('10.1.0.0/16')).toMatchObject({ code: 3, text: expect.stringContaining('state-conflict') });
    for (const wrong of ['10.1.0.1/16', 'office', '10.1.0.0/33'])
      expect(await add(wrong)).toMatchObject({ code: 2, text: expect.stringContaining('[request-invalid]') });
    expect(await kopru('address', 'add', '10.1.0.0/16', '--party', 'nobody', '--document', 'E-7')).toMatchObject({ code: 3 });
    const rules = await told('address', 'list', '--party', 'iskur');
    expect(rules.map((r: any) => [r.unit, r.cidr])).toEqual([
      [null, '10.1.0.0/16'],
      [null, '2001:db8::/32'],
      ['adana', '10.2.0.7/32'],
      ['adana', '10.1.0.0/16'],
    ]);
    const id = String(rules[0].id);
    expect((await kopru('address', 'remove', id)).text).toBe(`Rule ${id} (iskur, 10.1.0.0/16) is removed.\n`);
    expect(await kopru('address', 'remove', id)).toMatchObject({ code: 3, text: expect.stringContaining('not-found') });
    // One that was removed may come back.
    expect((await add('10.1.0.0/16')).code).toBe(0);
    expect(await told('address', 'list', '--party', 'cgm')).toEqual([]);
    expect((await told('address', 'list')).length).toBe(4);
    expect((await told('address', 'list', '--all')).filter((r: any) => r.removedBy === 'cli').length).toBe(1);
  });

  test('what was done is logged with its paper; no key and nothing of one is in log, database or output', async () => {
    const done = (await logged()).filter(({ action }) => /^(cert|address) /.test(action));
    expect(done.map(({ action }) => action)).toEqual([
      'cert issue',
      'cert import',
      'cert revoke',
      ...Array(4).fill('address add'),
      'address remove',
      'address add',
    ]);
    expect(done[1]).toMatchObject({
      by: 'cli',
      detail: { party: 'cgm', document: 'E-1234', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    const everything = `${outputs.join('')}${JSON.stringify((await logged()).map(({ detail }) => detail))}${logOf(broker)}`;
    for (const file of [at('ca', 'ca-key.pem'), at('iskur', 'iskur-key.pem')]) {
      const lines = readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => /^[\w+/=]{20,}$/.test(line));
      expect(lines.length).toBeGreaterThan(1);
      expect(lines.filter((line) => everything.includes(line))).toEqual([]);
    }
    expect(everything).not.toContain('PRIVATE KEY');
  });

  test('who imports one while the API asks for none is told what that does', async () => {
    settings = { ...settings, clientCertificates: 'off' };
    writeFileSync(at('more.pem'), (await oddCertificate({})).cert);
    const { text } = await kopru('cert', 'import', at('more.pem'), '--party', 'cgm', '--document', 'E-2');
    expect(text).toMatch(/CLIENT_CERTIFICATES off.*cgm is shut out/);
  });
});

import type { AuditEntry } from '../../../src/audit/entry';
import { subjectOf } from '../../../src/audit/subjects';
import { completeTckn } from '../../../src/core/nationalId';
import type { Broker } from '../../../src/operations/broker';
import { revokeEntry } from '../../../src/operations/registers/entries';
import { recordGiven } from '../../../src/operations/registers/given';
import { answerSubjectRequest, openSubjectRequest } from '../../../src/operations/subjects/requests';
import { findUsage, type Usage } from '../../../src/operations/subjects/usage';
import { type Registers, registers } from '../registers/support';

const concerned = completeTckn('412345678');
const other = completeTckn('412345679');
const random = (length: number) => Buffer.from(Array.from({ length }, () => Math.floor(Math.random() * 256)));

describe('a person’s own view', () => {
  let r: Registers;
  let broker: Broker;
  let mine: Buffer;
  let theirs: Buffer;
  const requests: Record<string, number> = {};
  let minute = 0;

  /** An access as the door logs it, one a minute. */
  const access = async (changes: Partial<AuditEntry> & Pick<AuditEntry, 'action'>) => {
    minute += 1;
    return broker.audit.append({
      at: new Date(Date.parse('2026-11-21T09:00:00Z') + minute * 60_000),
      requestId: `00000000-0000-4000-8000-${String(minute).padStart(12, '0')}`,
      kind: 'access',
      party: 'cgm',
      person: 4711,
      unit: 'Merkez',
      address: '10.99.88.77',
      purpose: 'child-labour',
      case: 'DOSYA-5',
      dataset: 'emetip.workers',
      fields: ['fullName', 'season'],
      records: 1,
      grant: 'owner',
      subjects: [mine],
      decision: 'allow',
      ...changes,
    });
  };
  const look = (changes: Partial<Parameters<typeof findUsage>[1]> = {}) =>
    findUsage(broker, { party: 'cgm', request: requests.cgm as number, subject: mine, offset: 1, limit: 100, logged: 0, ...changes });

  beforeAll(async () => {
    r = await registers('2026-11-22T09:00:00Z');
    broker = r.broker;
    [mine, theirs] = [
      await subjectOf(broker.keys, broker.agreement.id, concerned),
      await subjectOf(broker.keys, broker.agreement.id, other),
    ];
    for (const party of ['cgm', 'iskur'] as const)
      requests[party] = await openSubjectRequest(
        broker,
        { party, officer: r.people[party], nationalId: concerned, receivedOn: '2026-11-20', identity: 'in-person', document: 'B-1' },
        'cli',
      );
    const page = Buffer.concat([random(16 * 500), mine, random(16 * 499)]);
    await access({
      action: 'records',
      records: 1000,
      subjects: Array.from({ length: 1000 }, (_, i) => page.subarray(i * 16, i * 16 + 16)),
    });
    await access({ action: 'record' });
    await access({ action: 'record', records: 0, person: 4712, purpose: 'schooling', unit: 'Adana İl Müdürlüğü' });
    await access({ action: 'record', subjects: [theirs], fields: ['phone'] });
    await access({ action: 'record', decision: 'refuse', code: 'purpose-refused' });
    await access({ action: 'audit subject', dataset: null });
    await access({ action: 'lookup', dataset: 'iskur.agents', records: undefined });
    await access({ action: 'lookup-answer', dataset: 'iskur.agents', fields: ['fullName', 'status'] });
    await access({ action: 'lookup', dataset: 'iskur.agents', records: undefined });
    await access({ action: 'lookup-answer', dataset: 'iskur.agents', records: 0, code: 'source-not-found' });
    await access({ action: 'lookup', dataset: 'iskur.agents', records: undefined, person: 4713 });
    await access({
      action: 'findings',
      dataset: null,
      fields: ['agent-unlisted', 'household-unknown'],
      records: 100,
      subjects: [theirs, mine],
    });
    await access({ action: 'export', party: 'iskur', person: 12, dataset: 'joint.agents', fields: ['nationalId'], records: 1000 });
  });
  afterAll(() => r.drop());

  test('says which institution saw which kinds of data when and for what, newest first', async () => {
    const told = (await look()).map(({ logtime, ...one }) => [logtime.toISOString().slice(11, 16), one] as const);
    const cgm = {
      receiver: 'cgm',
      receiverName: 'Çalışma Genel Müdürlüğü',
      unit: 'Merkez',
      purpose: 'Çocuk işçiliğinin takibi ve önlenmesi',
    };
    const workers = { dataset: 'Mevsimlik tarım işçileri', source: 'Çalışma Genel Müdürlüğü' };
    const agents = { dataset: 'Tarım aracıları', source: 'Türkiye İş Kurumu Genel Müdürlüğü' };
    expect(told.map(([at, { action }]) => [at, action])).toEqual([
      ['09:13', 'Kayıtlar dosya olarak alındı'],
      ['09:12', 'Kayıtlar arasındaki uyuşmazlıklar görüntülendi'],
      ['09:11', 'Kaynak kurumdan anlık sorgulama istendi'],
      ['09:10', 'Kaynak kurumdan anlık sorgulandı; kayıt bulunamadı'],
      ['09:08', 'Kaynak kurumdan anlık sorgulandı'],
      ['09:03', 'Kayıt sorgulandı; kayıt bulunamadı'],
      ['09:02', 'Kayıt sorgulandı'],
      ['09:01', 'Kayıt listesi görüntülendi'],
    ]);
    expect(told[0]?.[1]).toMatchObject({ receiver: 'iskur', receiverName: 'Türkiye İş Kurumu Genel Müdürlüğü', officer: 'Görevli 1' });
    expect(told[0]?.[1].source?.split(', ').sort()).toEqual(['Türkiye İş Kurumu Genel Müdürlüğü', 'Çalışma Genel Müdürlüğü']);
    expect(told[1]?.[1]).toMatchObject({
      dataset: null,
      fields: ['Kimlik numarası', 'Kayıtlar arasındaki uyuşmazlık'],
      officer: 'Görevli 2',
    });
    expect(told[4]?.[1]).toEqual({ ...cgm, ...agents, action: expect.any(String), fields: ['Ad Soyad', 'Durum'], officer: 'Görevli 2' });
    expect(told[5]?.[1]).toMatchObject({ purpose: 'Çocukların okullaşma durumunun kontrolü', unit: 'Adana İl Müdürlüğü', fields: [] });
    const season = broker.agreement.datasets['emetip.workers']?.fields.season?.label;
    expect(told[7]?.[1]).toEqual({ ...cgm, ...workers, action: expect.any(String), fields: ['Ad Soyad', season], officer: 'Görevli 2' });
  });

  test('nothing of others is in it: no count, no other person, no number, address or case of staff', async () => {
    const found = await look();
    const members = ['logtime', 'action', 'receiver', 'receiverName', 'unit', 'purpose', 'dataset', 'fields', 'source', 'officer'];
    for (const one of found) expect(Object.keys(one).sort()).toEqual([...members].sort());
    const text = JSON.stringify(found);
    expect(text).not.toMatch(/471\d|1000|10\.99|DOSYA|Telefon|requestId|household|\d{10}/);
    expect(text).not.toContain(mine.toString('hex'));
  });

  test('an officer has one pseudonym in an answer', async () => {
    const officers = (await look()).map(({ officer }) => officer);
    expect(officers).toEqual(['Görevli 1', 'Görevli 2', 'Görevli 3', 'Görevli 2', 'Görevli 2', 'Görevli 4', 'Görevli 2', 'Görevli 2']);
  });

  test('offset and limit choose a range of it, whatever pages the log is read in', async () => {
    const at = (found: readonly Usage[]) => found.map(({ logtime }) => logtime);
    const all = at(await look());
    for (let offset = 1; offset <= all.length + 1; offset += 1)
      expect(at(await look({ offset, limit: 3 }))).toEqual(all.slice(offset - 1, offset + 2));
  });

  test('an answer that was withheld, since whoever it is about is of another province, counts as nobody found', async () => {
    const requestId = '11111111-0000-4000-8000-000000000001';
    await access({ action: 'lookup-answer', dataset: 'iskur.agents', requestId });
    await access({ action: 'lookup-answer', dataset: 'iskur.agents', requestId, decision: 'refuse', code: 'source-not-found' });
    expect((await look({ limit: 1 }))[0]).toMatchObject({ action: 'Kaynak kurumdan anlık sorgulandı; kayıt bulunamadı', fields: [] });
    await access({ action: 'lookup-answer', dataset: 'iskur.agents', records: 0, code: 'source-fault' });
    expect((await look({ limit: 1 }))[0]).toMatchObject({ action: expect.stringContaining('yanıt alınamadı'), fields: [] });
  });

  test('another party than the host is told what concerns it', async () => {
    const asked = { party: 'iskur', request: requests.iskur as number };
    const seen = await look(asked);
    const all = await look();
    // İŞKUR’s data, what is made of it, findings about it, and its own people’s reading.
    const concerns = ({ source, receiver, dataset }: Usage) =>
      receiver === 'iskur' || source?.includes('Türkiye İş Kurumu') || (source === null && dataset === null);
    expect(seen.map(({ logtime }) => logtime)).toEqual(all.filter(concerns).map(({ logtime }) => logtime));
    expect(seen.length).toBeLessThan(all.length);
    expect(seen.length).toBeGreaterThan(3);
  });

  test('what was given to the person is in it in its place, unless it was taken back; of one’s own party', async () => {
    const before = await look();
    const give = (party: 'cgm' | 'iskur') =>
      recordGiven(
        broker,
        {
          ...{ party, on: '2026-11-22', officer: r.people[party], nationalId: concerned, identity: 'in-person', document: 'E-1' },
          data: { 'iskur.agents': ['fullName'] },
        },
        'cli',
      );
    await give('cgm');
    const wrong = await give('iskur');
    await access({ action: 'record', at: new Date('2026-11-23T09:00:00Z') });
    const given = { action: 'Veriler ilgili kişinin kendisine verildi', receiver: null, receiverName: 'İlgili kişi', fields: ['Ad Soyad'] };
    const [first, second, third] = await look();
    expect(first).toMatchObject({ action: 'Kayıt sorgulandı' });
    expect([second, third]).toMatchObject([given, given]);
    expect((await look({ party: 'iskur', request: requests.iskur as number })).filter(({ receiver }) => receiver === null)).toHaveLength(1);
    await revokeEntry(broker, { register: 'given', entry: wrong }, 'E-2', 'cli');
    expect((await look()).length).toBe(before.length + 2);
  });

  test('it is given under an open request of that person and that party alone', async () => {
    const code = (changes: Parameters<typeof look>[0]) =>
      look(changes).then(
        () => undefined,
        (error) => error.code,
      );
    expect(await code({ subject: theirs })).toBe('subject-refused');
    expect(await code({ request: requests.iskur as number })).toBe('not-found');
    expect(await code({ party: 'iskur' })).toBe('not-found');
    expect(await code({ request: 99 })).toBe('not-found');
    expect(await code({})).toBeUndefined();
    await answerSubjectRequest(broker, requests.cgm as number, { outcome: 'answered', document: 'C-1' }, 'cli');
    expect(await code({})).toBe('state-conflict');
  });
});

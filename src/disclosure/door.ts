import { createSecretKey } from 'node:crypto';
import { type Decision, decide } from '../access/decide';
import type { Agreement } from '../agreements/language';
import type { AgreementState } from '../agreements/life';
import { type AccessEntry, logAccess } from '../audit/log';
import type { Clock } from '../core/clock';
import { KopruError } from '../core/errors';
import { idKind } from '../core/nationalId';
import type { FieldValue } from '../core/record';
import { keyedIndex } from '../core/sealing';
import type { Database } from '../infra/db';
import type { KeyRing } from '../infra/keys';
import { changesPage, datasetNumber, listSnapshots, publishedSnapshot, recordByKey, recordsPage } from '../snapshots/store';
import type { SnapshotInfo, StoredChange, StoredRecord } from '../snapshots/types';
import { type OpenRecord, recordOpener } from './open';
import { type Provenance, provenance } from './provenance';

/** Who asks, for what, and which request it is. */
export interface Asker {
  party: string;
  requestId: string;
  purpose?: string | undefined;
}

/** Which state of a dataset is read: a version, the newest published at a time, or the newest. */
export interface At {
  version?: number | undefined;
  time?: Date | undefined;
}

export type Released = Record<string, FieldValue>;

export interface Page<T> {
  provenance: Provenance;
  items: T[];
  /** Opaque; absent at the end. */
  next?: string;
}

export interface DoorDeps {
  db: Database;
  keys: KeyRing;
  agreement: Agreement;
  /** The agreement's state now, from its recorded events. */
  state(): Promise<AgreementState>;
  clock: Clock;
}

/** The only way out of the broker: decide, log, then open exactly the granted fields. */
export class Door {
  private readonly openers = new Map<string, Promise<OpenRecord>>();

  constructor(private readonly deps: DoorDeps) {}

  /** The datasets a party may read now, with what is open to it. */
  async datasets(party: string): Promise<{ id: string; decision: Decision }[]> {
    const state = await this.deps.state();
    return Object.keys(this.deps.agreement.datasets).map((id) => ({ id, decision: decide(this.deps.agreement, state, { party, dataset: id }) }));
  }

  async snapshots(asker: Asker, dataset: string): Promise<SnapshotInfo[]> {
    await this.permit(asker, { action: 'snapshots', dataset });
    return (await listSnapshots(this.deps.db, dataset)).filter((s) => s.status === 'published');
  }

  /** A page of records by keyset; `after` is the `next` of the page before, and fixes its snapshot. */
  async records(asker: Asker, dataset: string, at: At, options: { after?: string | undefined; limit: number; fields?: readonly string[] | undefined }): Promise<Page<Released>> {
    const place = readCursor(options.after);
    const release = await this.permit(asker, { action: 'records', dataset, at: place ? { version: place.version } : at, fields: options.fields });
    const rows = await recordsPage(this.deps.db.pool, release.number, release.snapshot.version, place?.after ?? 0n, options.limit + 1);
    return this.page(release, rows, options.limit, (_row, opened) => opened, release.snapshot.version);
  }

  /** One record by its national id. @throws KopruError `id-invalid`, `record-not-found` */
  async record(asker: Asker, dataset: string, at: At, nationalId: string, fields?: readonly string[]): Promise<{ provenance: Provenance; record: Released }> {
    const valid = idKind(nationalId) !== undefined;
    const release = await this.permit(asker, { action: 'record', dataset, at, fields, ...(valid ? { nationalId } : {}) });
    if (!valid) throw new KopruError('id-invalid', 'The national id is not well formed.', { hint: 'Give 11 digits (T.C. or foreigner’s number) or 10 (tax number) with right check digits.' });
    const indexKey = createSecretKey((await this.deps.keys.current(this.deps.agreement.id, 'index')).bytes);
    const stored = await recordByKey(this.deps.db.pool, release.number, release.snapshot.version, keyedIndex(indexKey, nationalId));
    const record = stored && (await (await this.opener(dataset))(stored, release.fields));
    if (!record) throw new KopruError('record-not-found', `This snapshot of ${dataset} holds no record with this id (bulunamadı).`);
    return { provenance: release.provenance, record };
  }

  /** What differs between two published snapshots. */
  async changes(
    asker: Asker,
    dataset: string,
    range: { from: number; to?: number | undefined },
    options: { after?: string | undefined; limit: number },
  ): Promise<Page<{ change: StoredChange['change']; record: Released }> & { from: number; to: number }> {
    const place = readCursor(options.after);
    const release = await this.permit(asker, { action: 'changes', dataset, at: { version: place?.version ?? range.to } });
    const { number, snapshot } = release;
    if (!(await publishedSnapshot(this.deps.db, dataset, { version: range.from }))) throw noSnapshot(dataset);
    if (range.from > snapshot.version) throw new KopruError('request-invalid', 'The changes asked for run backwards.', { hint: 'Give a from that is not after to.' });
    const rows = await changesPage(this.deps.db.pool, number, range.from, snapshot.version, place?.after ?? 0n, options.limit + 1);
    const page = await this.page(release, rows, options.limit, (row, record) => ({ change: row.change, record }), snapshot.version);
    return { ...page, from: range.from, to: snapshot.version };
  }

  /** A whole snapshot, streamed in batches; logged before the first record leaves. */
  async export(asker: Asker, dataset: string, at: At, fields?: readonly string[]): Promise<{ provenance: Provenance; batches: AsyncGenerator<Released[]> }> {
    const release = await this.permit(asker, { action: 'export', dataset, at, fields });
    return { provenance: release.provenance, batches: this.batches(release) };
  }

  private async *batches(release: Permission): AsyncGenerator<Released[]> {
    const open = await this.opener(release.snapshot.dataset);
    let after = 0n;
    for (;;) {
      const rows = await recordsPage(this.deps.db.pool, release.number, release.snapshot.version, after, 1000);
      const opened = await Promise.all(rows.map((row) => open(row, release.fields)));
      yield opened.filter((r) => r !== undefined);
      if (rows.length < 1000) return;
      after = (rows[rows.length - 1] as StoredRecord).id;
    }
  }

  private async page<R extends StoredRecord, T>(release: Permission, rows: R[], limit: number, shape: (row: R, opened: Released) => T, version: number): Promise<Page<T>> {
    const open = await this.opener(release.snapshot.dataset);
    const items: T[] = [];
    for (const row of rows.slice(0, limit)) {
      const opened = await open(row, release.fields);
      if (opened) items.push(shape(row, opened));
    }
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return { provenance: release.provenance, items, ...(last ? { next: writeCursor(version, last.id) } : {}) };
  }

  /** Decides, finds the snapshot and writes the log; throws the refusal, which is logged too. */
  private async permit(asker: Asker, wish: Wish): Promise<Permission> {
    const { agreement, clock, db } = this.deps;
    const state = await this.deps.state();
    const { dataset, fields } = wish;
    const decision = decide(agreement, state, {
      party: asker.party,
      dataset,
      ...(asker.purpose === undefined ? {} : { purpose: asker.purpose }),
      ...(fields ? { fields } : {}),
    });
    const entry: AccessEntry = { at: clock(), requestId: asker.requestId, party: asker.party, action: wish.action, dataset, purpose: asker.purpose, decision: 'refuse' };
    if (wish.nationalId) entry.subject = await this.subject(wish.nationalId);
    if (!decision.allow) {
      await logAccess(db, { ...entry, code: decision.code, article: decision.article });
      throw new KopruError(decision.code, decision.message, { hint: decision.hint });
    }
    const snapshot = await publishedSnapshot(db, dataset, clean(wish.at));
    if (!snapshot) {
      await logAccess(db, { ...entry, code: 'not-found', article: decision.article });
      throw noSnapshot(dataset);
    }
    await logAccess(db, { ...entry, decision: 'allow', snapshot: snapshot.version, grantId: decision.grant, fields: decision.fields, article: decision.article });
    return { snapshot, fields: decision.fields, number: await datasetNumber(db, dataset), provenance: provenance(agreement, state, snapshot, decision) };
  }

  private async subject(nationalId: string): Promise<Buffer> {
    return keyedIndex(createSecretKey((await this.deps.keys.current(this.deps.agreement.id, 'log')).bytes), nationalId);
  }

  private opener(dataset: string): Promise<OpenRecord> {
    let opener = this.openers.get(dataset);
    if (!opener) {
      opener = recordOpener(dataset, this.deps.agreement.datasets[dataset] as Agreement['datasets'][string], this.deps.keys);
      this.openers.set(dataset, opener);
    }
    return opener;
  }
}

interface Wish {
  action: AccessEntry['action'];
  dataset: string;
  at?: At;
  fields?: readonly string[] | undefined;
  nationalId?: string;
}

interface Permission {
  snapshot: SnapshotInfo;
  fields: readonly string[];
  number: number;
  provenance: Provenance;
}

function clean(at: At = {}): { version?: number; time?: Date } {
  return { ...(at.version === undefined ? {} : { version: at.version }), ...(at.time ? { time: at.time } : {}) };
}

function noSnapshot(dataset: string): KopruError {
  return new KopruError('not-found', `There is no such published snapshot of ${dataset}.`, { hint: 'List them with GET /v1/datasets/{dataset}/snapshots or kopru snapshots.' });
}

/** A cursor names the snapshot too, so that a reader goes on in the state where it began. */
function writeCursor(version: number, after: bigint): string {
  return Buffer.from(`${version}:${after}`).toString('base64url');
}

function readCursor(text: string | undefined): { version: number; after: bigint } | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,9}):(\d{1,18})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  if (!match) throw new KopruError('request-invalid', 'The cursor is not one that was given out.', { hint: 'Use the value of next as it came, or leave it out.' });
  return { version: Number(match[1]), after: BigInt(match[2] as string) };
}

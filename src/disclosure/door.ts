import { createSecretKey } from 'node:crypto';
import { type Decision, decide } from '../access/decide';

import { logAccess } from '../audit/log';
import { KopruError } from '../core/errors';
import { keyedIndex } from '../core/sealing';
import { changesPage, listSnapshots, publishedSnapshot, recordByKey, recordsPage } from '../snapshots/store';
import type { StoredChange, StoredRecord } from '../snapshots/types';
import { writeCursor } from './cursor';
import { type FindingWish, releaseFindings, summariseFindings } from './findings';
import { type LookedUp, lookup, lookupAnswer } from './lookups';
import { type OpenRecord, recordOpener } from './open';
import { entryOf, type Permission, permit } from './permit';
import { provenance, standing } from './provenance';
import type { Asker, At, DoorDeps, Page, PageWish, Provenance, Released, SnapshotInfo, Standing } from './types';

export type { LookedUp } from './lookups';
export type { Agreement, Asker, At, Field, Page, Provenance, Released, SnapshotInfo, Standing } from './types';

/** More than a retention of nightly pulls leaves. */
const listedSnapshots = 1000;
const exportBatch = 1000;

/** The only way out of the broker: decide, log, then open exactly the granted fields. */
export class Door {
  private readonly openers = new Map<string, Promise<OpenRecord>>();

  constructor(private readonly deps: DoorDeps) {}

  /** What a party may read now. Decisions only: nothing of a record, so nothing is logged. */
  async datasets(party: string): Promise<{ id: string; decision: Decision }[]> {
    const state = await this.deps.state();
    return Object.keys(this.deps.agreement.datasets).map((id) => ({
      id,
      decision: decide(this.deps.agreement, state, { party, dataset: id }),
    }));
  }

  /** The agreement's datasets; those that are open to the party, with the newest snapshot. */
  async catalogue(asker: Asker): Promise<Standing & { datasets: { id: string; decision: Decision; provenance?: Provenance }[] }> {
    const { agreement, db } = this.deps;
    const { state, ...said } = await this.look(asker, 'datasets');
    const datasets = (await this.datasets(asker.party)).map(async ({ id, decision }) => {
      const snapshot = decision.allow ? await publishedSnapshot(db, id) : undefined;
      return { id, decision, ...(decision.allow && snapshot ? { provenance: provenance(agreement, state, snapshot, decision) } : {}) };
    });
    return { ...said, datasets: await Promise.all(datasets) };
  }

  /** The datasets whose runs a party may see. */
  async runsOf(asker: Asker): Promise<Standing & { datasets: string[] }> {
    const { agreement, notice } = await this.look(asker, 'runs');
    return { agreement, notice, datasets: (await this.datasets(asker.party)).filter((d) => d.decision.allow).map((d) => d.id) };
  }

  /** Logs that a request came without a credential that is known; it is refused. */
  async refuseUnknown(requestId: string): Promise<never> {
    await logAccess(this.deps.db, {
      at: this.deps.clock(),
      requestId,
      party: null,
      action: 'authenticate',
      dataset: null,
      decision: 'refuse',
      code: 'not-authenticated',
    });
    throw new KopruError('not-authenticated', 'No valid credential came with the request.', {
      hint: 'Send the party’s token as Authorization: Bearer ….',
    });
  }

  /** Published snapshots, newest first. */
  async snapshots(asker: Asker, dataset: string): Promise<{ provenance: Provenance; snapshots: SnapshotInfo[] }> {
    const { provenance } = await permit(this.deps, asker, { action: 'snapshots', dataset });
    return { provenance, snapshots: (await listSnapshots(this.deps.db, dataset, listedSnapshots)).filter((s) => s.status === 'published') };
  }

  /** A page of records by keyset. */
  async records(
    asker: Asker,
    dataset: string,
    at: At,
    wish: PageWish & { fields?: readonly string[] | undefined },
  ): Promise<Page<Released>> {
    const release = await permit(this.deps, asker, { action: 'records', dataset, at, fields: wish.fields, after: wish.after });
    const rows = await recordsPage(this.deps.db.pool, release.number, release.snapshot.version, release.after, wish.limit + 1);
    return this.page(release, rows, wish.limit, (_row, opened) => opened);
  }

  /** One record by its national id. @throws KopruError `id-invalid`, `record-not-found` */
  async record(
    asker: Asker,
    dataset: string,
    at: At,
    nationalId: string,
    fields?: readonly string[],
  ): Promise<{ provenance: Provenance; record: Released }> {
    const release = await permit(this.deps, asker, { action: 'record', dataset, at, fields, nationalId });
    const indexKey = createSecretKey((await this.deps.keys.current(this.deps.agreement.id, 'index')).bytes);
    const stored = await recordByKey(this.deps.db.pool, release.number, release.snapshot.version, keyedIndex(indexKey, nationalId));
    const record = stored && (await (await this.opener(dataset))(stored, release.fields));
    if (!record) throw new KopruError('record-not-found', `This snapshot of ${dataset} holds no record with this id (bulunamadı).`);
    return { provenance: release.provenance, record };
  }

  /** Asks the source for one person through the queue (anlık), and waits so long for the answer. */
  lookup(
    asker: Asker,
    dataset: string,
    nationalId: string,
    options: { repeatKey?: string | undefined; waitMillis: number },
  ): Promise<LookedUp> {
    const done = this.deps.lookups.courtesy.begin();
    return lookup(this.deps, asker, { dataset, nationalId, ...options }).finally(done);
  }

  /** The answer of a look-up that this party asked before. */
  lookupAnswer(asker: Asker, id: string, waitMillis: number): Promise<LookedUp> {
    const done = this.deps.lookups.courtesy.begin();
    return lookupAnswer(this.deps, asker, id, waitMillis).finally(done);
  }

  /** In what the registers disagree, as far as every contributing field is open to the party. */
  findings(asker: Asker, wish: FindingWish) {
    return releaseFindings(this.deps, asker, wish);
  }

  findingCounts(asker: Asker) {
    return summariseFindings(this.deps, asker);
  }

  /** A page of what differs between two published snapshots. */
  async changes(
    asker: Asker,
    dataset: string,
    range: { from: number; to?: number | undefined },
    wish: PageWish,
  ): Promise<Page<{ change: StoredChange['change']; record: Released }> & { from: number; to: number }> {
    const release = await permit(this.deps, asker, {
      action: 'changes',
      dataset,
      at: { version: range.to },
      from: range.from,
      after: wish.after,
    });
    const to = release.snapshot.version;
    const rows = await changesPage(this.deps.db.pool, release.number, range.from, to, release.after, wish.limit + 1);
    return { ...(await this.page(release, rows, wish.limit, (row, record) => ({ change: row.change, record }))), from: range.from, to };
  }

  /** A whole snapshot, streamed in batches; logged before the first record leaves. */
  async export(
    asker: Asker,
    dataset: string,
    at: At,
    fields?: readonly string[],
  ): Promise<{ provenance: Provenance; batches: AsyncGenerator<Released[]> }> {
    const release = await permit(this.deps, asker, { action: 'export', dataset, at, fields });
    const batches = this.batches(release);
    // The first batch is opened before anything is promised: what is wrong from the start is an answer of its own.
    return { provenance: release.provenance, batches: goingOn(await batches.next(), batches) };
  }

  private async *batches(release: Permission): AsyncGenerator<Released[], void> {
    const open = await this.opener(release.dataset);
    for (let after = release.after; ; ) {
      const rows = await recordsPage(this.deps.db.pool, release.number, release.snapshot.version, after, exportBatch);
      const opened = await Promise.all(rows.map((row) => open(row, release.fields)));
      yield opened.filter((r) => r !== undefined);
      if (rows.length < exportBatch) return;
      after = (rows[rows.length - 1] as StoredRecord).id;
    }
  }

  private async page<R extends StoredRecord, T>(
    release: Permission,
    rows: R[],
    limit: number,
    shape: (row: R, opened: Released) => T,
  ): Promise<Page<T>> {
    const open = await this.opener(release.dataset);
    const items: T[] = [];
    for (const row of rows.slice(0, limit)) {
      const opened = await open(row, release.fields);
      if (opened) items.push(shape(row, opened));
    }
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    const next = last && writeCursor(release.reading, { version: release.snapshot.version, after: last.id });
    return { provenance: release.provenance, items, ...(next ? { next } : {}) };
  }

  /** Logs a look at what is no record: which datasets there are, and how their runs went. */
  private async look(asker: Asker, action: 'datasets' | 'runs') {
    const state = await this.deps.state();
    await logAccess(this.deps.db, { ...entryOf(this.deps, asker), action, dataset: null, decision: 'allow' });
    return { state, ...standing(this.deps.agreement, state) };
  }

  private opener(dataset: string): Promise<OpenRecord> {
    const kept = this.openers.get(dataset);
    if (kept) return kept;
    const made = recordOpener(this.deps.agreement, dataset, this.deps.keys);
    this.openers.set(dataset, made);
    // One that failed, because the database was away, is made anew the next time.
    made.catch(() => this.openers.delete(dataset));
    return made;
  }
}

async function* goingOn<T>(first: IteratorResult<T, void>, rest: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

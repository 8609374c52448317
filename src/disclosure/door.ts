import { createSubjects } from '../audit/subjects';
import { type ErrorCode, KopruError } from '../core/errors';
import { chosenChanges, chosenPage } from '../snapshots/chosen';
import { changesPage, listSnapshots, recordsPage } from '../snapshots/store';
import type { StoredChange, StoredRecord } from '../snapshots/types';
import { datasetsOfRuns, listDatasets } from './catalogue';
import { writeCursor } from './cursor';
import { type About, admitStaff, type Duty, logRefused, refuseUnknown } from './duties';
import { type FindingAsked, type FindingWish, releaseFindings, summariseFindings } from './findings';
import { type LookedUp, lookup, lookupAnswer } from './lookups';
import { type OpenRecords, recordOpener } from './open';
import { dependsOn, logRelease, type Permission, permit, permitStill } from './permit';
import { chargeReading, mostOf, type Settle } from './quota';
import { createReads } from './reads';
import { type OwnStatistic, releaseStatistic } from './statistics';
import { goingOn, nothing } from './stream';
import { type Has, type Tagged, tagged } from './tag';
import type { Asker, At, Begun, Choosing, DoorDeps, Page, PageWish, Provenance, Released, SnapshotInfo } from './types';
import { asFilter, isWithin } from './within';

export type { LookedUp } from './lookups';
export { groupsOf } from './open';
export type { Tagged } from './tag';
export type { Agreement, Asker, At, Choosing, Field, Page, Provenance, Released, ReleasedValue, SnapshotInfo, Standing } from './types';

/** More than a retention of nightly pulls leaves. */
const listedSnapshots = 1000;
const exportBatch = 1000;

/** The only way out of the broker: decide, log, then open exactly the granted fields. */
export class Door {
  private readonly openers = new Map<string, Promise<OpenRecords>>();

  private readonly deps: DoorDeps;

  constructor(deps: Omit<DoorDeps, 'reads' | 'subjects'>) {
    this.deps = { ...deps, reads: createReads(deps.db), subjects: createSubjects(deps.keys, deps.agreement.id) };
  }

  /** Looks up what a request will need, while it is found out who asks. Nothing of it is told before that is decided. */
  async begin(dataset: string | undefined): Promise<Begun> {
    const { agreement, reads } = this.deps;
    const known = dataset !== undefined && Object.hasOwn(agreement.datasets, dataset);
    const [state, snapshot] = await Promise.all([this.deps.state(), known ? reads.newest(dataset) : undefined]);
    return known ? { state, newest: { dataset, snapshot } } : { state };
  }

  /** The agreement's datasets; those that are open to the party, with the newest snapshot. */
  catalogue(asker: Asker) {
    return listDatasets(this.deps, asker);
  }

  /** The datasets whose runs somebody may see. */
  runsOf(asker: Asker) {
    return datasetsOfRuns(this.deps, asker);
  }

  /** Lets somebody do a duty that is no reading of data; decided and logged as the entry of this number. @throws KopruError with the refusal's code */
  admit(asker: Asker, duty: Duty, about?: About): Promise<number> {
    return admitStaff(this.deps, asker, duty, about);
  }

  /** Logs that a duty to which somebody was admitted was refused for what it was about; `as` as for `admit`. */
  refused(asker: Asker, duty: Duty, code: ErrorCode, as?: string): Promise<void> {
    return logRefused(this.deps, asker, duty, code, as);
  }

  /** Logs that a request came without a credential that is known; it is refused. */
  refuseUnknown(request: Pick<Asker, 'requestId' | 'address'>): Promise<never> {
    return refuseUnknown(this.deps, request);
  }

  /** Published snapshots, newest first. */
  async snapshots(asker: Asker, dataset: string, has: Has = {}): Promise<Tagged & { provenance: Provenance; snapshots: SnapshotInfo[] }> {
    const release = await permit(this.deps, asker, { action: 'snapshots', dataset });
    await logRelease(this.deps, release, []);
    const { reading, provenance } = release;
    const snapshots = (await listSnapshots(this.deps.db, dataset, listedSnapshots)).filter((s) => s.status === 'published');
    return { provenance, snapshots, ...tagged(has, asker.who.person.party, reading, provenance, snapshots) };
  }

  /** A page of records by keyset; with `has`, empty if the asker has it already. */
  async records(
    asker: Asker,
    dataset: string,
    at: At,
    wish: PageWish & Choosing & { fields?: readonly string[] | undefined },
  ): Promise<Page<Released>> {
    const { fields, after, by, changedSince: from, limit } = wish;
    const release = await permit(this.deps, asker, { action: 'records', dataset, at, fields, after, by, from });
    return this.page(
      asker,
      release,
      wish,
      () => this.rows(release, release.after, limit + 1),
      (_row, opened) => opened,
    );
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
    const { number, snapshot, within } = release;
    const keyIndex = await this.deps.subjects.keyIndexOf(nationalId);
    const [stored, settle] = await Promise.all([
      this.deps.reads.record({ number, version: snapshot.version, keyIndex }),
      chargeReading(this.deps, asker, release, 1),
    ]);
    const rows = stored && isWithin(stored, within) ? [stored] : [];
    if (rows.length === 0) await settle(0);
    // Who was asked about is logged even if there is nobody.
    const { subjects } = release.entry;
    await this.deps.audit.append({ ...release.entry, records: rows.length, ...(subjects ? { subjects } : {}) });
    const [record] = await (await this.opener(dataset))(rows, release);
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

  findingCounts(asker: Asker, asked: FindingAsked = {}) {
    return summariseFindings(this.deps, asker, asked);
  }

  /** A statistic for the own party’s use. @throws KopruError `not-found`, or the refusal */
  statistic(asker: Asker, id: string): Promise<OwnStatistic> {
    return releaseStatistic(this.deps, asker, id);
  }

  /** A page of what differs between two published snapshots. */
  async changes(
    asker: Asker,
    dataset: string,
    range: { from: number; to?: number | undefined },
    wish: PageWish & Pick<Choosing, 'by'>,
  ): Promise<Page<{ change: StoredChange['change']; record: Released }> & { from: number; to: number }> {
    const { from } = range;
    const { by, after, limit } = wish;
    const release = await permit(this.deps, asker, { action: 'changes', dataset, at: { version: range.to }, from, by, after });
    const { number, after: place } = release;
    const to = release.snapshot.version;
    const { pool } = this.deps.db;
    const rows = () =>
      release.by.length + release.within.length === 0
        ? changesPage(pool, number, from, to, place, limit + 1)
        : chosenChanges(pool, number, { from, to }, place, limit + 1, release);
    return { ...(await this.page(asker, release, wish, rows, (row, record) => ({ change: row.change, record }))), from, to };
  }

  /**
   * The chosen records of a snapshot, streamed in batches; logged before the first record leaves. `form` is whatever else
   * makes one answer another, such as the format in which it is written.
   */
  async export(
    asker: Asker,
    dataset: string,
    at: At,
    fields?: readonly string[],
    { by, changedSince: from, form, has }: Choosing & Has & { form?: string } = {},
  ): Promise<
    Tagged & {
      provenance: Provenance;
      fields: readonly string[];
      within: Record<string, string>;
      at: Date;
      batches: AsyncIterableIterator<Released[], void>;
    }
  > {
    const release = await permit(this.deps, asker, { action: 'export', dataset, at, fields, by, from });
    const tag = tagged({ has }, ...dependsOn(asker, release), form);
    const within = asFilter(release.within);
    const said = { ...tag, provenance: release.provenance, fields: release.fields, within, at: this.deps.clock() };
    if (tag.unchanged) {
      await chargeReading(this.deps, asker, release, 0);
      await logRelease(this.deps, release, []);
      return { ...said, batches: nothing() };
    }
    const batches = this.batches(asker, release, await chargeReading(this.deps, asker, release, await mostOf(this.deps, release)));
    // The first batch is opened before anything is promised: what is wrong from the start is an answer of its own.
    return { ...said, batches: goingOn(await batches.next(), batches) };
  }

  private async *batches(asker: Asker, release: Permission, settle: Settle): AsyncGenerator<Released[], void> {
    const open = await this.opener(release.dataset);
    let released = 0;
    try {
      for (let after = release.after; ; ) {
        if (after !== release.after) await permitStill(this.deps, asker, release);
        const rows = await this.rows(release, after, exportBatch);
        await logRelease(this.deps, release, rows);
        const opened = await open(rows, release);
        released += rows.length;
        yield opened.filter((r) => r !== undefined);
        if (rows.length < exportBatch) return;
        after = (rows[rows.length - 1] as StoredRecord).id;
      }
    } finally {
      await settle(released);
    }
  }

  /** The stored records that a permission is for, after a row. */
  private rows({ number, snapshot, older, by, within }: Permission, after: bigint, limit: number): Promise<StoredRecord[]> {
    const { pool } = this.deps.db;
    const all = [...by, ...within];
    if (all.length === 0 && !older) return recordsPage(pool, number, snapshot.version, after, limit);
    return chosenPage(pool, number, snapshot.version, after, limit, { by: all, since: older?.version });
  }

  private async page<R extends StoredRecord, T>(
    asker: Asker,
    release: Permission,
    { limit, has }: PageWish,
    rowsOf: () => Promise<R[]>,
    shape: (row: R, opened: Released) => T,
  ): Promise<Page<T>> {
    const tag = tagged({ has }, ...dependsOn(asker, release), limit);
    const rows = tag.unchanged ? [] : await rowsOf();
    const page = rows.slice(0, limit);
    await chargeReading(this.deps, asker, release, page.length);
    await logRelease(this.deps, release, page);
    if (tag.unchanged) return { ...tag, provenance: release.provenance, items: [] };
    const opened = await (await this.opener(release.dataset))(page, release);
    const items = page.flatMap((row, i) => (opened[i] ? [shape(row, opened[i])] : []));
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    const next = last && writeCursor(release.reading, { version: release.snapshot.version, after: last.id });
    return { ...tag, provenance: release.provenance, items, ...(next ? { next } : {}) };
  }

  private opener(dataset: string): Promise<OpenRecords> {
    const kept = this.openers.get(dataset);
    if (kept) return kept;
    const made = recordOpener(this.deps.agreement, dataset, this.deps.keys);
    this.openers.set(dataset, made);
    // One that failed, because the database was away, is made anew the next time.
    made.catch(() => this.openers.delete(dataset));
    return made;
  }
}

/** In a place, stands for a dimension's total. No category may have it as its code. */
export const total = '*';

/**
 * A group of one dimension. `atoms` are the finest values that it covers, by default its own code; tables that group the
 * same dimension in different ways (months and quarters, provinces and regions, bands of age) name the same atoms.
 */
export interface Category {
  code: string;
  /** For people, in Turkish. */
  label: string;
  atoms?: readonly string[];
}

/**
 * A dimension sorts everybody who is counted into exactly one category, "unknown" being one: all tables of a statistic
 * that have a dimension of this id cover the same atoms.
 */
export interface Dimension {
  id: string;
  label: string;
  categories: readonly Category[];
}

/** A cell's address: a category's code, or `total`, for each of the table's dimensions in their order. */
export type Place = readonly string[];

/** Who makes up a sum, such as the intermediaries behind a number of workers. */
export interface Contributions {
  /** How many contribute more than 0. */
  contributors: number;
  largest: number;
  /** 0 if there is one contributor. */
  second: number;
}

export interface CountedCell {
  at: Place;
  /** A whole number, 0 or more. */
  count: number;
  contributions?: Contributions;
}

/** What all tables have: what is counted, of when, by what. */
export interface TableFrame {
  id: string;
  /**
   * Names the population and the unit. Tables of one statistic and one date count the same people. A part of a population
   * is best a category of a dimension. Where it is a statistic of its own, each names the other (`overlaps`): else two could be
   * subtracted unseen.
   */
  statistic: string;
  /** The day whose state is counted (`yyyy-MM-dd`, Europe/Istanbul). */
  date: string;
  /** One to three. */
  dimensions: readonly Dimension[];
  /** Cells in which nobody can be, as everybody knows (their parts neither). They are shown as 0 and protect nothing. */
  structural?: readonly Place[];
}

/**
 * Counts before any control. Inner cells that are left out are 0. Totals are the sums; one that is given must agree. A table
 * of sums (`contributions` somewhere) gives contributions for each cell that is not 0, totals too, since one contributor may
 * stand behind several cells.
 */
export interface CountTable extends TableFrame {
  cells: readonly CountedCell[];
  /** Statistics whose people are some of this one's, or the other way round. */
  overlaps?: readonly string[];
}

/** Why a cell is hidden. For the record inside only: a reader who knew it would know more of the count. */
export type HiddenFor = 'small' | 'complete' | 'dominance' | 'secondary';

export interface Term {
  at: Place;
  sign: 1 | -1;
}

/**
 * What nobody may find out. `of` is a sum of cells; whoever knows all that is published must hold possible for it a value of
 * at most `low`, one of at least `high`, and two that are `width` apart.
 */
export interface Guard {
  of: readonly Term[];
  low?: number;
  high?: number;
  width?: number;
  /** Cells that some contributor knows by himself: the values must be possible with these as they are. */
  still?: readonly Place[];
}

/**
 * A table as it was published, with what must stay unknown. `cells` is all that readers get: a count, or null for hidden;
 * the guards stay inside.
 */
export interface PublishedTable extends TableFrame {
  cells: readonly { at: Place; count: number | null }[];
  guards: readonly Guard[];
  /** Of a table of sums, the largest contribution to any of them. Stays inside. */
  largest?: number;
}

export interface ControlRules {
  /** Smaller counts than this, other than 0, are hidden. */
  minimum: number;
  /** Larger minimums, for tables with all of the named dimensions (ids). */
  finer: readonly { dimensions: readonly string[]; minimum: number }[];
  /** The largest contributor may make up at most this share of a sum, in percent. */
  share: number;
  /** The second contributor may not be able to tell the largest one's part more closely than this, in percent of it. */
  percent: number;
}

export interface Limits {
  /** Cells that the table and the earlier ones of its date may have together, totals included. */
  cells: number;
  /** How often the solver may be asked. */
  steps: number;
  /** Simplex iterations of one question. */
  iterations: number;
  /** Milliseconds from the beginning. */
  deadline: number;
}

/** A possible world, as what differs from the counts: cells by number in the system, each with its difference. */
export type Move = readonly (readonly [cell: number, difference: number])[];

/**
 * Shows that each guard holds: worlds that fit all that is published and differ in what is guarded. It is checked in whole
 * numbers, without a solver. It holds true counts, so it stays inside.
 */
export interface Proof {
  moves: readonly Move[];
  /** Counts taken for cells of earlier tables that the table at hand does not have, by number in the system. */
  assumed: readonly (readonly [cell: number, count: number])[];
  guards: number;
  /** How often the solver was asked. */
  steps: number;
}

export interface Protected {
  outcome: 'protected';
  published: PublishedTable;
  /** Why each hidden cell is hidden, in the order of `published.cells`; null for one that is shown. Stays inside. */
  reasons: readonly (HiddenFor | null)[];
  proof: Proof;
  /** SHA-256 of what readers get, hexadecimal: the same input gives the same digest. */
  digest: string;
}

/**
 * `unprotectable`: whatever is hidden, something guarded can be found out, mostly from what was published before.
 * `contradiction`: the counts do not fit what was published of the same date; the difference would tell of somebody.
 * `differencing`: a count differs from one of another date by too few.
 * `overlap`: a count differs by too few from one of a statistic that overlaps.
 * `nothing-left`: no cell could be shown. `too-large`, `too-many-steps`, `too-late`: a limit.
 * `unproven`: the proof did not stand up to its check.
 */
export type RefusedFor =
  | 'unprotectable'
  | 'contradiction'
  | 'differencing'
  | 'overlap'
  | 'nothing-left'
  | 'too-large'
  | 'too-many-steps'
  | 'too-late'
  | 'unproven';

export interface Refused {
  outcome: 'refused';
  reason: RefusedFor;
  /** Cells that it came to, if it came to cells. Stays inside: where it is refused tells of the counts. */
  cells: readonly Place[];
}

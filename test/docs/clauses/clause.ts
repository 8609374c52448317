/** A condition that makes a clause hold, and how it is switched off to see a test fail: this text of the file becomes that one. */
export interface Enforcement {
  /** `src/access/staff.ts#decideStaff`: a file and what it exports; of SQL what it creates, of YAML a key. */
  at: string;
  off: readonly [find: string, put: string];
}

/** An article of the protocol, or a policy of ours, and what becomes of it. */
export interface Clause {
  /** As `V.Ç.2–3`, numbered as the text numbers it; `policy` where no article says it. */
  article: string;
  kind: 'text' | 'policy';
  /** What the article demands; of a policy what we demand, and on what ground. */
  says: string;
  /** What the program does. */
  behaviour: string;
  enforced: readonly Enforcement[];
  /** `test/access/matrix.test.ts › the whole matrix`: with any one of `enforced` switched off, one of them fails. */
  tests: readonly string[];
  /** What is not there yet. */
  open?: string;
}

export interface Chapter {
  title: string;
  clauses: readonly Clause[];
}

export const off = (at: string, find: string, put: string): Enforcement => ({ at, off: [find, put] });

const [matrix, bounds] = ['test/access/matrix.test.ts', 'test/disclosure/bounds.test.ts'];

/** The row of the matrix of decisions in which this is refused. */
export const refused = (what: string): string => `${matrix} › refused, with its article: ${what}`;

/** A test of what bounds a person's reading, through the door. */
export const bounded = (what: string): string => `${bounds} › ${what}`;

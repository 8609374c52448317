import type { Chapter, Clause } from './clause';
import { silent, undertaking } from './parts/annexes';
import { duties } from './parts/duties';
import { oversight } from './parts/oversight';
import { people, sharing } from './parts/people';
import { policy } from './parts/policy';
import { publication } from './parts/publication';
import { terms } from './parts/terms';

/** The protocol of 2024, article by article, and after it what is policy. docs/clauses.md is made of it. */
export const chapters: readonly Chapter[] = [terms, duties, people, sharing, undertaking, policy, publication, oversight];
export const clauses: readonly Clause[] = chapters.flatMap((chapter) => chapter.clauses);
export { silent };

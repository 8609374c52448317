import type { Clause, Enforcement } from './clauses/clause';
import { testOf } from './clauses/names';
import { copyProject, type Outcome, type ProjectCopy } from './clauses/off/copy';
import { failing, pureTests } from './clauses/off/memory';
import { clauses } from './clauses/table';

interface Held {
  what: string;
  change: { file: string; off: Enforcement['off'] };
  tests: Clause['tests'];
}

/** Each enforcement with the tests that are named for it. */
const all: Held[] = clauses.flatMap(({ article, enforced, tests }) =>
  enforced.map(({ at, off }) => ({
    what: `${article}, ${at}: ${off[0].trim().split('\n')[0]?.slice(0, 70)}`,
    change: { file: at.split('#')[0] as string, off },
    tests,
  })),
);
const isPure = (named: string) => pureTests.includes(testOf(named).file);

/** Against the changed code in memory, the first named test that fails. */
async function failingInMemory({ change, tests }: Held): Promise<string | undefined> {
  for (const file of pureTests) {
    const titles = tests
      .map(testOf)
      .filter((one) => one.file === file)
      .map(({ title }) => title);
    const [failed] = titles.length === 0 ? [] : await failing(file, titles, change);
    if (failed !== undefined) return failed;
  }
  return undefined;
}

/** What decides without a database: proven in every run. */
const pureFiles =
  /^src\/(access\/(staff|grants|decide|derived|duties)|access\/people\/person|access\/institutions\/addresses|agreements\/(life|roles))\.ts$/;
const pure = all.filter(({ change, tests }) => pureFiles.test(change.file) && tests.some(isPure));

describe('with an enforcement switched off, a named test fails', () => {
  test('with none switched off, none does: each file is loaded in the same way, as it is', async () => {
    const files = [...new Set(pure.map(({ change }) => change.file))];
    for (const file of files) {
      const tests = [...new Set(pure.filter(({ change }) => change.file === file).flatMap((held) => held.tests))];
      expect([file, await failingInMemory({ what: file, change: { file, off: ['', ''] }, tests })]).toEqual([file, undefined]);
    }
    expect(files.length).toBeGreaterThan(5);
    expect(pure.length).toBeGreaterThan(50);
  });

  test.each(pure)('$what', async (held) => expect(await failingInMemory(held)).toBeDefined());
});

const whole = process.env.SWITCH_OFF;

/** The rest: in a copy of the project, with a database. SWITCH_OFF=. for all, or what their files’ names match. */
(whole ? describe : describe.skip)('and so it is with a database', () => {
  const rest = all.filter((held) => !pure.includes(held) && new RegExp(whole ?? '').test(held.change.file));
  let copy: ProjectCopy;
  beforeAll(() => {
    copy = copyProject();
  });
  afterAll(() => copy.remove());

  const unchanged = new Map<string, Promise<Outcome>>();
  /** What these tests do with nothing switched off, by themselves. */
  const clean = (tests: readonly string[]) => {
    const key = tests.join('\n');
    const run = unchanged.get(key) ?? copy.run(tests);
    unchanged.set(key, run);
    return run;
  };

  test.each(rest)(
    '$what',
    async ({ change, tests }) => {
      for (const file of inTurn(tests)) {
        const named = tests.filter((one) => testOf(one).file === file);
        if ((await copy.run(named, change)).failed.length === 0) continue;
        expect((await clean(named)).failed).toEqual([]);
        return;
      }
      throw new Error('none of the named tests failed');
    },
    600_000,
  );
});

/** The files of tests, those that take long last. */
function inTurn(tests: readonly string[]): string[] {
  const slow = ['test/disclosure/', 'test/surfaces/', 'test/flow/'];
  const rank = (file: string) => slow.findIndex((folder) => file.startsWith(folder));
  return [...new Set(tests.map((one) => testOf(one).file))].sort((a, b) => rank(a) - rank(b));
}

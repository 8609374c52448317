import { type Chapter, off } from '../clause';

const [subjects, incidents] = ['src/operations/subjects', 'src/operations/incidents'];
const tables = 'prisma/migrations/20261130120000_subjects_and_incidents/migration.sql';
const view = (title: string) => `test/operations/subjects/usage.test.ts › ${title}`;
const requests = (title: string) => `test/operations/subjects/requests.test.ts › ${title}`;
const habit = (title: string) => `test/operations/incidents/habit.test.ts › ${title}`;
const watch = (title: string) => `test/operations/incidents/watch.test.ts › ${title}`;

/** What no article says of people who ask, of the authority, and of reading beyond habit. */
export const oversight: Chapter = {
  title: 'Policy: people who ask, and what is looked at',
  clauses: [
    {
      article: 'policy',
      kind: 'policy',
      says: 'A person may learn which institution saw which kinds of their data, when and for what (law 6698 art. 11).',
      behaviour:
        'The role that reads the log presents it, under an open request of that person alone. Staff are masked, nothing of others is in it, and that it was asked is logged. What concerns another party is told by that party, or by the host.',
      enforced: [
        off(`${subjects}/usage.ts#findUsage`, 'if (!subject.equals(found.subject))', 'if (false)'),
        off(
          `${subjects}/usage.ts#findUsage`,
          'if (found?.party !== party) throw noRequest(request);',
          'if (!found) throw noRequest(request);',
        ),
        off(`${subjects}/usage.ts#findUsage`, 'if (found.answer) throw', 'if (false) throw'),
        off(`${subjects}/usage.ts#findUsage`, 'names.size + 1', 'person'),
        off(`${subjects}/usage.ts#findUsage`, 'concern: concernOf(agreement, asked.party)', 'concern: undefined'),
        off(`${subjects}/told.ts#teller`, 'withheld.delete(requestId) || ', ''),
        off(
          'src/surfaces/api/duties/subjects.ts#subjectRoutes',
          "const { logged, subject } = await admitAbout(door, asker, 'subject', askedSubject(broker, nationalId), about);",
          'const { logged, subject } = { logged: 0, subject: await askedSubject(broker, nationalId) };',
        ),
      ],
      tests: [
        view('it is given under an open request of that person and that party alone'),
        view('nothing of others is in it: no count, no other person, no number, address or case of staff'),
        view('another party than the host is told what concerns it'),
        view('an answer that was withheld, since whoever it is about is of another province, counts as nobody found'),
        'test/surfaces/api/duties/subjects.test.ts › the view is logged as concerning the person, under the request’s number, and holds nothing of others',
      ],
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'A person’s request is answered within 30 days (law 6698).',
      behaviour:
        'Each request is kept with the day on which it came and closed once; open ones are listed with the days left, those first that are due first.',
      enforced: [
        off(`${subjects}/requests.ts#answerDays`, 'export const answerDays = 30;', 'export const answerDays = 31;'),
        off(`${subjects}/requests.ts#listSubjectRequests`, "orderBy: [{ receivedOn: 'asc' }, { id: 'asc' }],", "orderBy: [{ id: 'asc' }],"),
        off(`${subjects}/requests.ts#answerSubjectRequest`, 'if (count === 0) throw', 'if (false) throw'),
        off(
          `${tables}#subject_request_append_only`,
          'BEFORE UPDATE OR DELETE OR TRUNCATE ON "subject_request"',
          'BEFORE TRUNCATE ON "subject_request"',
        ),
      ],
      tests: [
        requests('received on %s, on %s it is due on %s, in %p days'),
        requests('those that are due first stand first, by the day in Istanbul; overdue ones are counted'),
        requests('it is closed once, by its own party, and then listed only if asked for'),
        requests('requests and answers cannot be changed, shortened or emptied'),
      ],
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'A breach is told to the authority within 72 hours of awareness (law 6698 art. 12/5, Board decision 2019/10).',
      behaviour: 'A clock counts them, what is overdue is a metric, and the notice’s text says until when.',
      enforced: [
        off(`${incidents}/clocks.ts#clocksOf`, 'awareAt, authority.hours]);', 'awareAt, atOnce.hours]);'),
        off(`${incidents}/counts.ts#countDuties`, "({ state }) => state === 'overdue'", '({ state }) => state === undefined'),
      ],
      tests: [
        'test/operations/incidents/clocks.test.ts › of a breach the owner is told at once by Ek-2 3.3, and the authority within 72 hours of awareness',
        'test/operations/incidents/register.test.ts › open ones and overdue duties are counted, and nothing else of them',
      ],
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'Reading that is far above a person’s own habit, or sweeps ids, is looked at by people.',
      behaviour:
        'The log is counted as it grows. Such a day opens one incident, with counts, habit and its part of the log; nothing is decided or blocked by it. Nobody records anything about their own reading.',
      enforced: [
        off(`${incidents}/habit.ts#beyondHabit`, 'day[measure] > rule.factor * habit[measure]', 'day[measure] < 0'),
        off(`${incidents}/habit.ts#beyondHabit`, 'day[measure] >= least[measure] && ', ''),
        off(`${incidents}/habit.ts#beyondHabit`, "(sweeps ? (['sweep'] as const) : [])", '[]'),
        off(`${incidents}/watch.ts#watchReading`, 'on conflict (person, day) do nothing returning id', 'returning id'),
        off(
          `${incidents}/counted.ts#countEntries`,
          "and kind = 'access' and decision = 'allow' and person is not null",
          'and person is not null',
        ),
        off(
          `${incidents}/register.ts#recordIncidentEvent`,
          'if (acting.self !== undefined && acting.self === incident.person)',
          'if (false)',
        ),
        off('src/app/daily.ts#dailyWork', '    await watchReading(broker);\n', ''),
      ],
      tests: [
        habit('more than that one by one'),
        habit('half of the ids are not there'),
        habit('of somebody who is new, little is never beyond a habit'),
        watch('a usual day opens nothing'),
        watch('one opens for a person and a day, however often one looks'),
        watch('the day is Istanbul’s, and refusals, operations and what is no reading count nothing'),
        watch('nobody records anything about their own reading'),
        'test/operations/incidents/schedule.test.ts › the schedule looks at reading by itself',
      ],
    },
  ],
};

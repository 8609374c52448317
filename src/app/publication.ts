import path from 'node:path';
import type { CountStatistic } from '../disclosure/statistics';
import { projectRoot } from '../infra/folders';
import type { Settings } from '../infra/settings';
import type { PublicationDeps } from '../publication/acting';
import { createControl } from '../publication/control/aside';
import { createShelf, type Shelf } from '../publication/public/shelf';
import { countStatistic } from '../publication/statistics/count';

/** The parts of publication; disclosure control works in a thread of its own, but for tests, which read on the calling one, too. */
export function publicationParts(
  deps: Omit<PublicationDeps, 'control'>,
  { intakeThreads }: Pick<Settings, 'intakeThreads'>,
): { publication: PublicationDeps; shelf: Shelf; countStatistic: CountStatistic } {
  const folder = intakeThreads === 0 ? undefined : path.join(projectRoot(), 'dist/src/publication/control');
  const publication = { ...deps, control: createControl({ folder, clock: deps.clock }) };
  return {
    publication,
    shelf: createShelf(publication),
    countStatistic: (id, statistic, within) => countStatistic(deps, id, statistic, within),
  };
}

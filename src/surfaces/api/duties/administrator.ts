import type { FastifyInstance } from 'fastify';
import { KopruError } from '../../../core/errors';
import type { Asker } from '../../../disclosure/door';
import type { Acting } from '../../../operations/people/acting';
import type { ApiDeps } from '../server';
import { institutionRoutes } from './institution';
import { listRoute } from './lists';
import { personRoutes } from './personnel';
import { tokenRoutes } from './tokens';
import { undertakingRoute } from './undertakings';

/** Does something as the asker, among the people of the asker's party. */
export type Administer = <T>(asker: Asker, work: (acting: Acting) => Promise<T>) => Promise<T>;

/** What personnel administrators do for their own institution (V.E.4, Ek-3). */
export function personnelDuties(v1: FastifyInstance, deps: ApiDeps): void {
  void v1.register(async (scope) => {
    // First of all: from somebody who may not do this, not even a body is read.
    scope.addHook('onRequest', async ({ asker }) => deps.door.admit(asker, 'personnel'));
    const administer = administering(deps);
    personRoutes(scope, deps, administer);
    tokenRoutes(scope, deps, administer);
    undertakingRoute(scope, deps);
    listRoute(scope, deps, administer);
    institutionRoutes(scope, deps, administer);
  });
}

/** What is refused is logged. Who is of another party looks like somebody who is not there. */
function administering({ door }: Pick<ApiDeps, 'door'>): Administer {
  return async (asker, work) => {
    const { id, party } = asker.who.person;
    try {
      return await work({ by: `person:${id}`, onlyParty: party, self: id });
    } catch (error) {
      if (!(error instanceof KopruError)) throw error;
      await door.refused(asker, 'personnel', error.code);
      throw hidden.includes(error.code) ? nothing() : error;
    }
  };
}

const hidden = ['party-foreign', 'not-found'];

const nothing = () =>
  new KopruError('not-found', 'Your institution has no such person, token, certificate or version of the undertaking.', {
    hint: 'GET /v1/personnel, /v1/tokens, /v1/certificates and /v1/undertakings list what there is.',
  });

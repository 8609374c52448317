import type { FastifyInstance } from 'fastify';
import type { ApiDeps } from '../server';
import { personnelDuties } from './administrator';
import { auditRoutes } from './audit';
import { consentRoutes } from './consents';
import { explainRoute } from './explain';
import { incidentRoutes } from './incidents';
import { publicationRoutes } from './publications';
import { quotaRoutes } from './quotas';
import { givenRoutes } from './registers/given';
import { releaseRoutes } from './registers/releases';
import { subjectRoutes } from './subjects';

/** What people of a party do by their role, beside reading data: each file is a topic. */
export function dutyRoutes(v1: FastifyInstance, deps: ApiDeps): void {
  personnelDuties(v1, deps);
  auditRoutes(v1, deps);
  quotaRoutes(v1, deps);
  explainRoute(v1, deps);
  consentRoutes(v1, deps);
  publicationRoutes(v1, deps);
  givenRoutes(v1, deps);
  releaseRoutes(v1, deps);
  subjectRoutes(v1, deps);
  incidentRoutes(v1, deps);
}

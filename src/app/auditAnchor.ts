import path from 'node:path';
import { auditKey } from '../infra/auditKey';
import { projectRoot } from '../infra/folders';
import type { Settings } from '../infra/settings';
import type { AuditAnchor } from '../operations/broker';

/** How the audit log is anchored outside the database, as the settings say. */
export function auditAnchor({ auditCheckpointFolder, auditKeyFile }: Settings): AuditAnchor {
  return {
    folder: auditCheckpointFolder,
    key: (options) => auditKey(auditKeyFile, options),
    script: path.join(projectRoot(), 'src/audit/offline/verify.mjs'),
  };
}

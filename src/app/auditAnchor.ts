import path from 'node:path';
import { auditKey } from '../infra/auditKey';
import { projectRoot } from '../infra/folders';
import type { Settings } from '../infra/settings';
import type { TimestampAuthority } from '../infra/timestamps';
import type { AuditAnchor } from '../operations/broker';

/** How the audit log is anchored outside the database, as the settings say. */
export function auditAnchor({ auditCheckpointFolder, auditKeyFile, auditTimestamps }: Settings): AuditAnchor {
  return {
    folder: auditCheckpointFolder,
    key: (options) => auditKey(auditKeyFile, options),
    script: path.join(projectRoot(), 'src/audit/offline/verify.mjs'),
    timestamps: auditTimestamps && onDemand(auditTimestamps),
  };
}

/** Few processes stamp or prove: what it takes is loaded then. */
function onDemand({ url, caFile }: { url: string; caFile: string }): TimestampAuthority {
  const authority = async () => (await import('../infra/timestamps/index.js')).timestampAuthority(url, caFile);
  return {
    stamp: async (data) => (await authority()).stamp(data),
    prove: async (token, data) => (await authority()).prove(token, data),
  };
}

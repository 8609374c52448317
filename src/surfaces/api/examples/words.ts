import { writeCursor } from '../../../disclosure/cursor';
import type { Agreement } from '../../../disclosure/door';
import { provenance } from '../../../disclosure/provenance';
import { recordSchemaId } from '../schemas';

/** What examples say of the agreement: its first dataset, read by whoever has a grant on it. */
export interface ExampleWords {
  /** The component that describes a record of that dataset. */
  recordSchema: string;
  /** Values of parameters that have no example of their own, by name. */
  parameters: Readonly<Record<string, unknown>>;
  /** Values of an answer's members that have none, by name. */
  members: Readonly<Record<string, unknown>>;
}

const published = new Date('2026-03-02T00:05:00.000Z');

export function exampleWords(agreement: Agreement): ExampleWords {
  const [dataset, { owner, fields, label }] = Object.entries(agreement.datasets)[0] as [string, Agreement['datasets'][string]];
  const [purpose] = Object.keys(agreement.purposes);
  const party = Object.keys(agreement.parties).find((id) => id !== owner) ?? owner;
  const [grant, { article }] = Object.entries(agreement.grants).find(([, one]) => one.dataset === dataset) ?? ['owner', agreement.notice];
  const snapshot = {
    dataset,
    version: 3,
    status: 'published' as const,
    runId: 3,
    sourceTime: new Date('2026-03-01T21:00:00.000Z'),
    createdAt: published,
    publishedAt: published,
    records: 2000,
    added: 12,
    changed: 20,
    removed: 10,
    quarantined: 1,
    digest: '5f'.repeat(32),
    inputs: null,
    reason: null,
  };
  const said = provenance(agreement, { status: 'in-force', missing: [], endsOn: '2027-01-01', openGrants: {}, consents: [] }, snapshot, {
    grant,
    article,
  });
  const [statistic = 'statistic'] = Object.keys(agreement.statistics);
  const cursor = writeCursor(`records/${dataset}`, { version: snapshot.version, after: 1000n });
  return {
    recordSchema: recordSchemaId(dataset),
    parameters: { dataset, party, statistic, fields: Object.keys(fields).slice(0, 2).join(','), after: cursor },
    members: {
      ...{ provenance: said, agreement: said.agreement, notice: said.notice, publicationConsent: said.publicationConsent },
      ...{ label, article, grant, party, purpose, setBy: owner, statistic, beneficiary: party, publisher: party },
      ...{ dataset, owner, classification: said.classification, digest: snapshot.digest, next: cursor },
    },
  };
}

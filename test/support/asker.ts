import type { Who } from '../../src/access/decide';
import type { Asker } from '../../src/disclosure/door';

/** Somebody of a party's centre who may read whatever is open to the party, and states what for. */
export function askerOf(party: string, changes: Partial<Asker> = {}, person: Partial<Who['person']> = {}): Asker {
  return {
    who: {
      person: {
        id: 1,
        party,
        unit: 'Merkez',
        roles: ['query'],
        addresses: [],
        validFrom: '2000-01-01',
        trainedOn: '2000-01-01',
        undertaking: 1,
        removed: false,
        ...person,
      },
      undertaking: 1,
      grants: [{ dataset: 'cts.children', from: '2000-01-01', until: '2100-01-01' }],
      addresses: [],
      certified: false,
    },
    certificate: 'none',
    address: '127.0.0.1',
    requestId: 'test',
    purpose: 'child-labour',
    case: 'T-1',
    ...changes,
  };
}

import type { TestBroker } from '../../support/broker';
import type { Contract } from './contract';
import { type Answer, type Api, type Ask, loggedFor } from './support';

export interface Reader {
  /** Asks, and holds the answer against the OpenAPI document and the access log. */
  read(
    operation: string,
    where: string,
    options: Ask,
  ): Promise<Answer & { logged: Awaited<ReturnType<typeof loggedFor>>[number] | undefined }>;
  /** All pages, by the header Link. */
  readOn(
    operation: string,
    first: string,
    list: string,
    as: string,
    between?: (page: number) => Promise<void>,
  ): Promise<{ items: any[]; versions: number[] }>;
}

export function readerOf(broker: TestBroker, api: Api, contract: Contract): Reader {
  const read: Reader['read'] = async (operation, where, options) => {
    const answer = await api.ask(where, options);
    contract.expectPromised(operation, answer);
    const logged = await loggedFor(broker, answer);
    // An export is logged batch by batch.
    expect([...new Set(logged.map((l) => l.decision))]).toEqual(['allow']);
    return { ...answer, logged: logged[0] };
  };
  const readOn: Reader['readOn'] = async (operation, first, list, as, between) => {
    const items: any[] = [];
    const versions = new Set<number>();
    let where: string | undefined = first;
    for (let page = 1; where; page += 1) {
      const answer = await read(operation, where, { as });
      items.push(...answer.json[list]);
      versions.add(answer.json.provenance.snapshot.version);
      where = /^<(\/v1\/[^>]+)>; rel="next"$/.exec(String(answer.headers.link ?? ''))?.[1];
      expect(new URLSearchParams(where?.split('?')[1]).get('after') ?? undefined).toBe(answer.json.next);
      await between?.(page);
    }
    return { items, versions: [...versions] };
  };
  return { read, readOn };
}

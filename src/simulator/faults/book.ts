import type { ServiceName } from '../services/addresses';
import { type AnswerFault, type Fault, type FaultInput, type FaultOrder, isListFault, type ListFault, readOrder } from './orders';

/** What befalls one request. */
export interface Due {
  list: ListFault[];
  /** At most one: a second order waits for the next request. */
  answer: AnswerFault | undefined;
  /** How many days pass before it is answered. */
  days: number;
}

/** The faults that were ordered and have not all happened yet. */
export interface FaultBook {
  /** Orders a fault. Throws an Error that says what is wrong with the order. */
  order(input: FaultInput): void;
  /** Forgets what was ordered (default: for all services). */
  clear(service?: ServiceName): void;
  pending(): FaultOrder[];
  /** What befalls the request that has just come. page: from 1, where the request has one. */
  due(service: ServiceName, page?: number): Due;
}

interface Entry {
  order: FaultOrder;
  /** Requests to its service since it was ordered. */
  seen: number;
  hits: number;
}

export function createFaultBook(): FaultBook {
  let entries: Entry[] = [];

  const strikes = ({ order, seen }: Entry, page: number | undefined): boolean => {
    if (order.when === 'next') return true;
    return 'page' in order.when ? order.when.page === page : seen >= order.when.request;
  };

  const spent = ({ order, hits }: Entry) => order.times !== 'always' && hits >= order.times;

  return {
    order: (input) => {
      entries.push({ order: readOrder(input), seen: 0, hits: 0 });
    },
    clear: (service) => {
      entries = service === undefined ? [] : entries.filter((entry) => entry.order.service !== service);
    },
    pending: () => entries.map(({ order }) => order),
    due(service, page) {
      const due: Due = { list: [], answer: undefined, days: 0 };
      for (const entry of entries) {
        if (entry.order.service !== service) continue;
        entry.seen += 1;
        if (strikes(entry, page) && take(entry.order.fault, due)) entry.hits += 1;
      }
      entries = entries.filter((entry) => !spent(entry));
      return due;
    },
  };
}

function take(fault: Fault, due: Due): boolean {
  if (isListFault(fault)) due.list.push(fault);
  else if (fault.kind === 'next-day') due.days += 1;
  else if (due.answer === undefined) due.answer = fault;
  else return false;
  return true;
}

import type { Clock } from '../../../core/clock';
import type { Limits, Place, RefusedFor } from '../types';

/** Ends the search from within. */
export class Refusal extends Error {
  constructor(
    readonly reason: RefusedFor,
    readonly cells: readonly Place[] = [],
  ) {
    super(reason);
  }
}

export interface Budget {
  /** Throws a Refusal if the solver was asked often enough, or the time is up. */
  spend(): void;
  spent(): number;
  /** Throws a Refusal if the time is up. */
  onTime(): void;
}

export function budgetOf({ steps, deadline }: Limits, clock: Clock): Budget {
  const end = clock().getTime() + deadline;
  let spent = 0;
  const onTime = () => {
    if (clock().getTime() >= end) throw new Refusal('too-late');
  };
  return {
    onTime,
    spent: () => spent,
    spend() {
      onTime();
      if (spent >= steps) throw new Refusal('too-many-steps');
      spent += 1;
    },
  };
}

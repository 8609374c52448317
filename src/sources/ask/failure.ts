import { type ErrorCode, KopruError, type Severity } from '../../core/errors';

/** A source's failure with what the retry needs to know; to everyone else it is a KopruError like any other. */
export class SourceFailure extends KopruError {
  /** How long the source asked us to wait. */
  readonly waitSeconds: number | undefined;
  /** Asking again within this pull is of no use, whatever the severity says of a later run. */
  readonly final: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; severity?: Severity; waitSeconds?: number | undefined; final?: boolean } = {},
  ) {
    super(code, message, options);
    this.waitSeconds = options.waitSeconds;
    this.final = options.final ?? false;
  }
}

/** Whether the same request may succeed if it is sent again soon. */
export function isRepeatable(error: unknown): boolean {
  return (
    error instanceof KopruError &&
    error.severity === 'retry' &&
    error.code.startsWith('source-') &&
    !(error instanceof SourceFailure && error.final)
  );
}

/** What every waiting step throws when the caller's signal ends the run. */
export function cancelled(): KopruError {
  return new KopruError('cancelled', 'The run was cancelled.');
}

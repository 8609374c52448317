import { renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pino, { type Logger } from 'pino';
import { asFolderError, ensureFolder } from '../folders';
import type { Settings } from '../settings';
import { cleanFields, cleanText } from './fields';

export type { Logger };

/** A log that has grown past this is set aside when the next process begins. */
const keptBytes = 50_000_000;

function setAside(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > keptBytes) renameSync(path, `${path}.1`);
}

function destination(path: string | 1): ReturnType<typeof pino.destination> {
  if (path === 1) return pino.destination({ dest: 1, sync: true });
  try {
    ensureFolder(dirname(path), 0o700);
    setAside(path);
    // Written at once: the last lines before a kill are those one wants.
    return pino.destination({ dest: path, sync: true, mode: 0o600 });
  } catch (error) {
    throw asFolderError(dirname(path), error);
  }
}

/** The log for machines, in a file of its own: the screen is for people. Fields that are not on the list are left out. */
export function createLog(settings: Pick<Settings, 'dataFolder' | 'logFile' | 'logLevel'>): Logger {
  const path = settings.logFile === '-' ? 1 : (settings.logFile ?? join(settings.dataFolder, 'logs/kopru.log'));
  const log = pino(
    {
      level: settings.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // The fields are cleaned by the formatters; pino's own way with errors would add their text.
      errorKey: 'never',
      serializers: { err: (described: unknown) => described },
      formatters: { level: (label) => ({ level: label }), log: cleanFields },
      hooks: {
        logMethod([first, second], method) {
          if (typeof first === 'string') method.call(this, {}, cleanText(first));
          else
            method.call(
              this,
              (first as unknown) instanceof Error ? { err: first } : first,
              cleanText(typeof second === 'string' ? second : ''),
            );
        },
      },
    },
    destination(path),
  );
  // A child's own fields pass no formatter; its children inherit this method.
  const { child } = log;
  log.child = function (this: Logger, fields: Record<string, unknown>, options?: object) {
    return Reflect.apply(child, this, [cleanFields(fields), options]);
  } as never;
  return log;
}

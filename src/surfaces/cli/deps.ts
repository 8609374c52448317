import type { App, AppOptions } from '../../app/app';
import type { Settings } from '../../infra/settings';
import type { LocalTls } from '../../infra/tls';

/** What the command line is given; wired in src/main.ts. */
export interface CliDeps {
  settings(): Settings;
  openApp(options: AppOptions): Promise<App>;
  /** The sources to pull from: the configured file, the running stand-ins, or stand-ins started for this command (`always`: even if others seem to run). */
  sources(settings: Settings, always?: boolean): Promise<{ file: string; standIns: boolean; close(): Promise<void> }>;
  /** The sources of a process that shares the work with others: the configured file, or the stand-ins of a running `kopru up`. */
  sharedSources(settings: Settings): Promise<{ file: string; standIns: boolean }>;
  /** Claims the data folder for one broker. */
  claim(settings: Settings): Promise<{ release(): Promise<void> }>;
  brokerRuns(settings: Settings): Promise<boolean>;
  tls(settings: Settings): Promise<LocalTls>;
  /** Makes sure that each party has a credential in a file of its own; returns the files by party. */
  credentials(app: App): Promise<Record<string, string>>;
  steerStandIns(settings: Settings, method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<string>;
  /** Serves the stand-ins alone until stopped. */
  serveStandIns(args: readonly string[]): Promise<number>;
}

/** What a command prints to, and how. */
export interface Terminal {
  json: boolean;
  line(text?: string): void;
  /** A JSON document on standard output, where --json was given. */
  data(value: unknown): void;
  /** Whether bars can be drawn. */
  live: boolean;
}

export interface CommandContext {
  deps: CliDeps;
  terminal(): Terminal;
}

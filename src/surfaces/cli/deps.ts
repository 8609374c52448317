import type { App, AppOptions } from '../../app/app';
import type { Settings } from '../../infra/settings';
import type { LocalTls } from '../../infra/tls';
import type { PairFiles } from '../../infra/tls/clients';
import type { ReadCertificate } from '../../infra/tls/read';

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
  /** Client certificates and trial authorities; what is written or read is told in their errors. */
  certificates: {
    makeAuthority(folder: string): Promise<PairFiles>;
    issue(wish: IssueWish): Promise<PairFiles & { certificate: ReadCertificate }>;
    read(file: string): Promise<ReadCertificate>;
  };
  /** Of made-up people at stand-ins: makes sure that each has a credential in a file of its own. Nobody else gets one by itself. */
  credentials(app: App): Promise<Credential[]>;
  steerStandIns(settings: Settings, method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<string>;
  /** Serves the stand-ins alone until stopped. */
  serveStandIns(args: readonly string[]): Promise<number>;
}

export interface IssueWish {
  party: string;
  organisation: string;
  days: number;
  /** The authority's folder. */
  authority: string;
  /** Where certificate and key are written. */
  folder: string;
}

/** A person's token in a file, under a name. */
export interface Credential {
  name: string;
  person: number;
  file: string;
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

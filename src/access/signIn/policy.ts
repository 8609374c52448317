const [minute, hour] = [60_000, 3_600_000];

/** How people sign in: all of it is policy. That there are two factors follows Board decision 2018/10. Times are in milliseconds. */
export const signInPolicy = {
  /** Argon2id at the least that OWASP's cheat sheet on storing passwords asks for. Memory in KiB. What was hashed otherwise is hashed anew. */
  argon2: { memoryCost: 19_456, timeCost: 2, parallelism: 1 },
  /** Characters of a password (NIST SP 800-63B: length, and no rules of composition). */
  password: { least: 12, most: 128 },
  /** One-time codes as authenticator apps know them (RFC 6238). A code is taken so many steps early or late. */
  totp: { digits: 6, periodSeconds: 30, drift: 1, secretBytes: 20 },
  /** How long a code to enrol is good. */
  invitationMillis: 72 * hour,
  /** When a session ends that is not used, and when one ends at last. That it is used is written down once in so long. */
  session: { idleMillis: 15 * minute, mostMillis: 8 * hour, seenMillis: minute },
  /**
   * After so many failures each one makes the next attempt wait, twice as long each time. A count is forgotten so long after it began.
   * A network may fail more often than a name there: a whole institution may come from one address.
   */
  failures: {
    named: { free: 5, forgottenMillis: 24 * hour },
    network: { free: 20, forgottenMillis: hour },
    firstWaitMillis: 5_000,
    mostWaitMillis: 15 * minute,
  },
  /** So many sign-ins are worked on at once in a process, since each takes memory and a core; so many may wait for that. */
  line: { atOnce: 2, waiting: 50 },
  /** Sessions and invitations are deleted so many days after they ended. */
  keptDays: 30,
} as const;

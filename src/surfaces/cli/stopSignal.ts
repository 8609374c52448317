const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Work that Ctrl-C or a termination stops, so that it can clear away behind itself. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const end = () => controller.abort();
  for (const signal of endings) process.on(signal, end);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of endings) process.off(signal, end);
  }
}

/** Aborts at the first Ctrl-C or termination; a second one, or ten seconds, end the process at once. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  const end = () => {
    // A terminal and npm both hand on one Ctrl-C; only a later one is a second.
    if (controller.signal.aborted && Date.now() - first > 1_500) process.exit(130);
    if (controller.signal.aborted) return;
    first = Date.now();
    controller.abort();
    setTimeout(() => process.exit(1), 9_500).unref();
  };
  for (const signal of endings) process.on(signal, end);
  return controller.signal;
}

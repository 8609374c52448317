/** Classes of the advisory locks that a process holds on what it works on; a killed process loses them at once. */
export const runLock = 71_002;
export const processLock = 71_003;
export const partLock = 71_004;

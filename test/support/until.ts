import { setTimeout as pause } from 'node:timers/promises';

/**
 * Looks every 20 ms until the condition holds and returns the value. Fails with the last value, by default shortly before a test's
 * time is over: a slow machine is not an error.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T> | T,
  holds: (value: T) => boolean,
  withinMs = 200_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`${what}: not within ${withinMs} ms; last seen: ${JSON.stringify(value)}`);
    await pause(20);
  }
}

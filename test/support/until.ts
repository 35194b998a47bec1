import { setTimeout as pause } from 'node:timers/promises';

/** Waits for a condition, by asking for it; fails with the last answer when it does not come. */
export async function until<T>(
  what: string,
  look: () => Promise<T> | T,
  holds: (value: T) => boolean,
  withinMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`${what} did not come within ${withinMs} ms; last seen: ${JSON.stringify(value)}`);
    await pause(20);
  }
}

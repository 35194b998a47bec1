const HOUR_MS = 3_600_000;

/** Kazakhstan has had one time, UTC+5, since 1 March 2024. Before that Almaty had UTC+6, since 2004 without summer time. */
const OFFSET_CHANGED_AT = Date.UTC(2024, 1, 29, 18);
const OFFSET_MS = 5 * HOUR_MS;
const EARLIER_OFFSET_MS = 6 * HOUR_MS;

/**
 * The date and time that clocks in Almaty show at an instant, as the UTC fields of the result. The time zone data of
 * the runtime is not used: an outdated copy would move every business day by an hour.
 */
export function almatyWallClock(at: Date): Date {
  const offset = at.getTime() < OFFSET_CHANGED_AT ? EARLIER_OFFSET_MS : OFFSET_MS;
  return new Date(at.getTime() + offset);
}

/** The reverse of {@link almatyWallClock}. Of the hour that clocks showed twice, 29 February 2024 23:00, the first. */
export function almatyInstant(wallClockMs: number): Date {
  const earlier = wallClockMs - EARLIER_OFFSET_MS;
  return new Date(earlier < OFFSET_CHANGED_AT ? earlier : wallClockMs - OFFSET_MS);
}

const INSTANT = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d(?::?\d\d)?)$/;

/** A moment as ISO 8601 writes it, with its offset. Null for anything else: a day is no moment. */
export function instantOf(text: string): Date | null {
  const [, day, offset = ''] = INSTANT.exec(text) ?? [];
  if (day === undefined || !isDay(day)) return null;
  // Date refuses +06.
  const at = new Date(/^[+-]\d\d$/.test(offset) ? `${text}:00` : text);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** Date takes the 30th of February for the 2nd of March. */
function isDay(text: string): boolean {
  const midnight = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(text);
}

/** A day of the calendar of Almaty, by which Kaspi and we count (R26). */
export interface BusinessDay {
  /** `2026-03-10` */
  readonly day: string;
  readonly begins: Date;
  /** When the next one begins. */
  readonly ends: Date;
}

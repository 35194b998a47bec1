// The start of the server compares the database's time zone data with libs/kernel/almaty.ts (require-database.ts).

/** SQL: what clocks in Almaty show at a timestamptz. */
export const almatyWallClockSql = (timestamp: string) => `((${timestamp}) at time zone 'Asia/Almaty')`;

/** SQL: the business day of a timestamptz. */
export const almatyDate = (timestamp: string) => `${almatyWallClockSql(timestamp)}::date`;

/** SQL: the timestamptz at which a business day begins. */
export const almatyMidnight = (date: string) => `((${date})::timestamp at time zone 'Asia/Almaty')`;

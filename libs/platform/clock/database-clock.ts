/**
 * The clock with which those of all processes are compared: the database's, as a statement has just read it. A test that moves its
 * own clock gives another one, because it cannot move that of the database.
 */
export class DatabaseClock {
  timeOf(read: Date): Date {
    return read;
  }
}

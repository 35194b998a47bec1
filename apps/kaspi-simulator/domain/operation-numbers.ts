/** Numbers of the PS's operations, purchases and refunds together. An operation's id is `QR` and its number. */
export class OperationNumbers {
  private last = 0;

  /** Marks the number of a stored operation as used. */
  markUsed(operationId: string): void {
    this.last = Math.max(this.last, Number(operationId.slice(2)));
  }

  /** Greater than any before, and at least the clock's milliseconds, so that a simulator without a file does not repeat numbers after a restart. */
  nextNumber(now: Date): number {
    return Math.max(this.last + 1, now.getTime());
  }
}

/** The numbers of the PS's operations, purchases and refunds alike: the registry names an operation by `QR` and its number. */
export class OperationNumbers {
  private last = 0;

  /** An operation that has one already. */
  used(operationId: string): void {
    this.last = Math.max(this.last, Number(operationId.slice(2)));
  }

  /** Greater than any before, and by the clock, so that a simulator without a store file does not begin anew with old numbers. */
  next(now: Date): number {
    return Math.max(this.last + 1, now.getTime());
  }
}

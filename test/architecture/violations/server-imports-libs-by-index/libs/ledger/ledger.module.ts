export class LedgerModule {}

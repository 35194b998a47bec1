export class Ledger {}

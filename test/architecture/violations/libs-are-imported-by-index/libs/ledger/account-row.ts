export class AccountRow {}

export class AccountEntity {}

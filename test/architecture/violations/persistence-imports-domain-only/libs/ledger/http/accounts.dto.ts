export class AccountDto {}

export const ALL = `select * from ledger_entries`;

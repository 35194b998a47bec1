export const SQL = `create or replace function ledger_more() returns int language sql as 'select 1'`;

import type { RunningCore } from '../../kaspi-simulator/start.js';
import type { ServerApi } from './server-api.js';

export const FIRST_CUSTOMER = { id: '900900000001', account: 'Основной счёт', deposit: '100000.00' } as const;

interface Account {
  readonly id: string;
  readonly name: string;
  readonly balance: string;
}

/**
 * Creates an account with money for the first customer unless there is one. Can be called at every start: the deposit is
 * idempotent by its reference, so an interrupted start is completed and the deposit is made once. Returns the account.
 */
export async function ensureFirstCustomer(api: ServerApi, customerToken: string): Promise<Account> {
  const admin = await api.developmentToken({ roles: ['admin'] });
  const accounts = async () => (await api.call<{ items: Account[] }>('GET', '/v1/accounts', customerToken)).items;
  const id =
    findFirstAccount(await accounts())?.id ??
    (
      await api.call<{ id: string }>('POST', '/ops/v1/accounts', admin, {
        customerId: FIRST_CUSTOMER.id,
        name: FIRST_CUSTOMER.account,
      })
    ).id;
  await api.call('POST', `/ops/v1/accounts/${id}/deposits`, admin, {
    amount: FIRST_CUSTOMER.deposit,
    reference: `first-customer-${FIRST_CUSTOMER.id}`,
  });
  const account = (await accounts()).find((each) => each.id === id);
  if (account === undefined) throw new Error(`account ${id} of customer ${FIRST_CUSTOMER.id} is missing`);
  return account;
}

/** The same in the simulated core, which keeps the account over a restart. */
export function ensureFirstCustomerInCore(core: RunningCore): Account {
  const { id: customerId, account: name, deposit: balance } = FIRST_CUSTOMER;
  return (
    findFirstAccount(core.accounts(customerId)) ?? core.openAccount({ customerId, name, balance, preferred: true })
  );
}

/** The customer may have other accounts too. */
function findFirstAccount(accounts: readonly Account[]): Account | undefined {
  return accounts.find(({ name }) => name === FIRST_CUSTOMER.account) ?? accounts[0];
}

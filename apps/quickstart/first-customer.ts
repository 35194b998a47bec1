import type { RunningCore } from '../kaspi-simulator/start.js';
import type { ServerApi } from './server-api.js';

export const FIRST_CUSTOMER = { id: '900900000001', account: 'Основной счёт', deposit: '100000.00' } as const;

interface Account {
  readonly id: string;
  readonly name: string;
  readonly balance: string;
}

/**
 * Sees to it that the first customer has an account with money. May be called at every start: the account is made when
 * there is none, and the deposit is known by its reference, so that a start that died in between is completed and nobody
 * is paid twice. Returns the account as it is now.
 */
export async function ensureFirstCustomer(api: ServerApi, customerToken: string): Promise<Account> {
  const admin = await api.developmentToken({ roles: ['admin'] });
  const accounts = async () => (await api.call<{ items: Account[] }>('GET', '/v1/accounts', customerToken)).items;
  const id =
    chosen(await accounts())?.id ??
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
  if (account === undefined) throw new Error(`account ${id} of customer ${FIRST_CUSTOMER.id} has disappeared`);
  return account;
}

/** The same at the stand-in core, which remembers the account over restarts. */
export function ensureFirstCustomerAt(core: RunningCore): Account {
  const { id: customerId, account: name, deposit: balance } = FIRST_CUSTOMER;
  return chosen(core.accounts(customerId)) ?? core.openAccount({ customerId, name, balance, preferred: true });
}

/** Others may have been opened for this customer since. */
function chosen(accounts: readonly Account[]): Account | undefined {
  return accounts.find(({ name }) => name === FIRST_CUSTOMER.account) ?? accounts[0];
}

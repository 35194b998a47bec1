import type { Settings } from '@mpp/config';

/** Where the core is, and how the server shows it who calls. */
export function coreAddress({ CORE_BANKING_URL = '', CORE_BANKING_TOKEN: token }: Settings) {
  const baseUrl = CORE_BANKING_URL.replace(/\/+$/, '');
  return { baseUrl, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } };
}

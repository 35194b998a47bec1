/** Spreadsheets drop leading zeros of a number. */
export function isSameCustomer(one: string, other: string): boolean {
  return one.replace(/^0+/, '') === other.replace(/^0+/, '');
}

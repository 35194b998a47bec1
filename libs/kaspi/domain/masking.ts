/** A JSON string, possibly cut off by the end of the text, or a number. */
const VALUE = String.raw`"((?:[^"\\]|\\.|\\$)*)(?:"|$)|-?\d[\d.eE+-]*`;
const CUSTOMER = new RegExp(String.raw`("\s*customerId\s*"\s*:\s*)(?:${VALUE})`, 'gi');
/** What the customer or the PS filled into a form: a licence plate, a phone number, a contract. */
const FORM_VALUE = new RegExp(String.raw`("\s*value\s*"\s*:\s*)(?:${VALUE})`, 'gi');

/**
 * The JSON text for operators, with customer ids and form values masked. Of an id longer than six characters the first four
 * stay, so that requests can be distinguished.
 */
export function maskPersonalData(json: string): string {
  return json
    .replace(CUSTOMER, (_, key: string, id = '') => `${key}"${id.length > 6 ? id.slice(0, 4) : ''}*****"`)
    .replace(FORM_VALUE, (_, key: string, value?: string) => `${key}${value === '' ? '""' : '"*****"'}`);
}

/** The cell of a formula whose value is not in the file: it is not zero, and not empty. */
export interface UnknownValue {
  readonly unknown: true;
}

/** The value of a cell. The UTC fields of a date are the wall clock. */
export type RegistryCell = string | number | boolean | Date | UnknownValue | null;

export function isUnknown(cell: RegistryCell | undefined): cell is UnknownValue {
  return typeof cell === 'object' && cell !== null && 'unknown' in cell;
}

/** White space and characters without a shape, such as marks of direction, at both ends. */
const INVISIBLE_ENDS = /^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu;
/** What nearly every text of a registry begins and ends with. */
const PLAIN_ENDS = /^[\p{L}\p{N}](?:.*[\p{L}\p{N}%)"])?$/su;

/** The cell without invisible characters at both ends of its text. */
export function cleaned(cell: RegistryCell): RegistryCell {
  return typeof cell === 'string' && !PLAIN_ENDS.test(cell) ? cell.replace(INVISIBLE_ENDS, '') : cell;
}

/** Whether the cell looks empty. */
export function isBlank(cell: RegistryCell | undefined): boolean {
  return cell === null || cell === undefined || (typeof cell === 'string' && cell.trim() === '');
}

/** The text of a cell, with single spaces, trimmed. */
export function shownText(cell: RegistryCell | undefined): string {
  if (cell === null || cell === undefined || isUnknown(cell)) return '';
  if (cell instanceof Date)
    return Number.isNaN(cell.getTime()) ? '' : cell.toISOString().slice(0, 19).replace('T', ' ');
  return String(cell).replace(/\s+/gu, ' ').trim();
}

const LATIN = 'abcehkmoptxy';
const CYRILLIC = 'авсенкмортху';

/**
 * Equal for texts that differ only in case, white space, quotes, punctuation, or Latin letters that look like Cyrillic ones.
 * Letters, digits, # and % remain.
 */
export function comparisonKey(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('ё', 'е')
    .replace(/\p{Cf}/gu, '')
    .replace(/[abcehkmoptxy]/g, (letter) => CYRILLIC[LATIN.indexOf(letter)] ?? letter)
    .replace(/[^\p{L}\p{N}#%]+/gu, ' ')
    .trim();
}

/** The letters of a column by its index from 0: A, Z, AA. */
export function columnLetters(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : columnLetters(Math.floor(index / 26) - 1) + letter;
}

/** Control characters, which PostgreSQL (NUL) or a terminal cannot take, and lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029]/gu;

export function isPrintable(text: string): boolean {
  return text.search(UNPRINTABLE) === -1;
}

/** The printable text of a cell, at most 100 characters, for a row error. */
export function excerpt(cell: RegistryCell | undefined): string {
  return [...shownText(cell).replace(UNPRINTABLE, '')].slice(0, 100).join('');
}

/** What is told of a document, in its order. Names come without their prefix, texts with their entities replaced. */
export interface MarkupReader {
  open(name: string, attributes: Attributes): void;
  close(name: string): void;
  text(text: string): void;
}

/** Longer than any cell's text; what is longer has no end. */
const LONGEST_PIECE = 1 << 20;
const DEEPEST = 256;

/**
 * Reads XML piece by piece. A document type is refused, and with it every entity that one could declare: nothing is
 * fetched and nothing grows. Throws an Error where the document is not well-formed, and a RangeError where a piece of it
 * is beyond all measure.
 *
 * This file imports nothing, so that a worker can load it from the sources as well as from what they are built to.
 */
export class Markup {
  private readonly reader: MarkupReader;
  private readonly opened: string[] = [];
  private rest = '';
  private begun = false;

  constructor(reader: MarkupReader) {
    this.reader = reader;
  }

  push(piece: string): void {
    const input = this.rest === '' ? piece : this.rest + piece;
    let at = 0;
    for (;;) {
      const begin = input.indexOf('<', at);
      const end = begin === -1 ? -1 : endOfMarkup(input, begin);
      if (end === -1) break;
      if (begin > at) this.reader.text(textOf(input.slice(at, begin)));
      this.read(input, begin, end);
      at = end;
    }
    if (input.length - at > LONGEST_PIECE) throw new RangeError('a piece of XML without an end');
    this.rest = input.slice(at);
  }

  end(): void {
    if (!this.begun || this.opened.length > 0 || this.rest.trim() !== '') throw new Error('XML that is cut off');
  }

  /** From `begin`, where a "<" is, to before `end`. */
  private read(input: string, begin: number, end: number): void {
    const second = input.charCodeAt(begin + 1);
    if (second === SLASH) this.close(localName(input, begin + 2, end - 1));
    else if (second === EXCLAMATION) {
      if (input.startsWith(CDATA, begin)) this.reader.text(input.slice(begin + CDATA.length, end - 3));
    } else if (second !== QUESTION) this.open(input, begin, end - 1);
  }

  private open(input: string, begin: number, end: number): void {
    const alone = input.charCodeAt(end - 1) === SLASH;
    const name = localName(input, begin + 1, alone ? end - 1 : end);
    if (this.opened.push(name) > DEEPEST) throw new Error('XML that is too deep');
    this.begun = true;
    this.reader.open(name, new Attributes(input.slice(begin, end)));
    if (alone) this.close(name);
  }

  private close(name: string): void {
    if (this.opened.pop() !== name) throw new Error('XML that closes what is not open');
    this.reader.close(name);
  }
}

/** Of one tag. */
export class Attributes {
  private readonly tag: string;

  constructor(tag: string) {
    this.tag = tag;
  }

  /** The attribute of this name, whatever its prefix. */
  get(name: AttributeName): string | null {
    const match = ATTRIBUTES[name].exec(this.tag);
    return match === null ? null : textOf(match[1] ?? match[2] ?? '');
  }
}

const attribute = (name: string) => new RegExp(String.raw`\s(?:[\w.-]+:)?${name}\s*=\s*(?:"([^"]*)"|'([^']*)')`);
const ATTRIBUTES = {
  Id: attribute('Id'),
  Target: attribute('Target'),
  Type: attribute('Type'),
  date1904: attribute('date1904'),
  formatCode: attribute('formatCode'),
  id: attribute('id'),
  numFmtId: attribute('numFmtId'),
  r: attribute('r'),
  s: attribute('s'),
  state: attribute('state'),
  t: attribute('t'),
} as const;
export type AttributeName = keyof typeof ATTRIBUTES;

const CDATA = '<![CDATA[';
const [EXCLAMATION, QUOTE, APOSTROPHE, SLASH, COLON, GREATER, QUESTION] = [33, 34, 39, 47, 58, 62, 63];

/** Where what begins here ends; -1 where its end has not come yet. */
function endOfMarkup(input: string, begin: number): number {
  const second = input.charCodeAt(begin + 1);
  if (second === EXCLAMATION) {
    if (input.startsWith('<!--', begin)) return after(input, '-->', begin + 4);
    if (input.startsWith(CDATA, begin)) return after(input, ']]>', begin + CDATA.length);
    if (input.length - begin < CDATA.length) return -1;
    throw new Error('XML with a document type');
  }
  return second === QUESTION ? after(input, '?>', begin + 2) : endOfTag(input, begin + 1);
}

function after(input: string, what: string, from: number): number {
  const at = input.indexOf(what, from);
  return at === -1 ? -1 : at + what.length;
}

/** An attribute may hold a ">". */
function endOfTag(input: string, from: number): number {
  let quote = 0;
  for (let at = from; at < input.length; at++) {
    const code = input.charCodeAt(at);
    if (quote !== 0) {
      if (code === quote) quote = 0;
    } else if (code === QUOTE || code === APOSTROPHE) quote = code;
    else if (code === GREATER) return at + 1;
  }
  return -1;
}

function localName(input: string, from: number, end: number): string {
  let begin = from;
  let at = from;
  for (; at < end && input.charCodeAt(at) > 32; at++) if (input.charCodeAt(at) === COLON) begin = at + 1;
  return input.slice(begin, at);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function textOf(raw: string): string {
  return raw.includes('&') ? raw.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|([\w.-]+));/g, entity) : raw;
}

function entity(_: string, hex: string | undefined, decimal: string | undefined, name: string | undefined): string {
  if (name === undefined) {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0x10ffff ? '\uFFFD' : String.fromCodePoint(code);
  }
  const known = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
  if (known === undefined) throw new Error('XML with an entity that nobody declares');
  return known;
}

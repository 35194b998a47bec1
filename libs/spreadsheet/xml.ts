import { SaxesParser } from 'saxes';
import { UnreadableWorkbook } from './unreadable-workbook.ts';

export type Attributes = Readonly<Record<string, string | undefined>>;

/** What is told of a document, in its order. Elements come without their prefix, texts with their entities replaced. */
export interface XmlReader {
  open(name: string, attributes: Attributes): void;
  close(name: string): void;
  text(text: string): void;
}

/** Longer than any cell's text; what is longer has no end. */
const LONGEST_PIECE = 1 << 20;
const DEEPEST = 256;

/**
 * Reads XML piece by piece. A document type is refused, and with it every entity that one could declare: nothing is
 * fetched and nothing grows. Throws where the document is not well-formed, and TOO_LARGE where a piece of it has no end.
 */
export class Xml {
  private readonly parser = new SaxesParser({ position: false });
  private depth = 0;
  /** How much came since anything was told: the parser keeps it all. */
  private untold = 0;

  constructor(reader: XmlReader) {
    this.parser.on('doctype', () => this.parser.fail('a document type'));
    this.parser.on('opentag', ({ name, attributes }) => {
      this.untold = 0;
      if (++this.depth > DEEPEST) this.parser.fail('elements that are too deep');
      reader.open(localName(name), attributes as Attributes);
    });
    this.parser.on('closetag', ({ name }) => {
      this.untold = 0;
      this.depth -= 1;
      reader.close(localName(name));
    });
    const told = () => {
      this.untold = 0;
    };
    for (const event of ['comment', 'processinginstruction'] as const) this.parser.on(event, told);
    for (const event of ['text', 'cdata'] as const)
      this.parser.on(event, (text) => {
        this.untold = 0;
        reader.text(text);
      });
  }

  push(piece: string): void {
    this.parser.write(piece);
    this.untold += piece.length;
    if (this.untold > LONGEST_PIECE) throw new UnreadableWorkbook('TOO_LARGE', 'a piece of XML without an end');
  }

  end(): void {
    this.parser.close();
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

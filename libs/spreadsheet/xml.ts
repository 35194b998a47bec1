import { SaxesParser } from 'saxes';
import { UnreadableWorkbook } from './unreadable-workbook.ts';

export type Attributes = Readonly<Record<string, string | undefined>>;

/** Receives a document in order: elements without prefix, texts with entities replaced. */
export interface XmlReader {
  open(name: string, attributes: Attributes): void;
  close(name: string): void;
  text(text: string): void;
}

/** Longer than the text of any cell. */
const MAX_PENDING_CHARS = 1 << 20;
const MAX_DEPTH = 256;

/**
 * Parses XML in chunks. Refuses document types and so all declared entities. Throws if the document is not well-formed, and
 * TOO_LARGE for a token that is too long.
 */
export class Xml {
  private readonly parser = new SaxesParser({ position: false });
  private depth = 0;
  /** Characters since the last event, which the parser keeps. */
  private pendingChars = 0;

  constructor(reader: XmlReader) {
    this.parser.on('doctype', () => this.parser.fail('a document type'));
    this.parser.on('opentag', ({ name, attributes }) => {
      this.pendingChars = 0;
      if (++this.depth > MAX_DEPTH) this.parser.fail('elements that are too deep');
      reader.open(localName(name), attributes as Attributes);
    });
    this.parser.on('closetag', ({ name }) => {
      this.pendingChars = 0;
      this.depth -= 1;
      reader.close(localName(name));
    });
    const reset = () => {
      this.pendingChars = 0;
    };
    for (const event of ['comment', 'processinginstruction'] as const) this.parser.on(event, reset);
    for (const event of ['text', 'cdata'] as const)
      this.parser.on(event, (text) => {
        this.pendingChars = 0;
        reader.text(text);
      });
  }

  push(chunk: string): void {
    this.parser.write(chunk);
    this.pendingChars += chunk.length;
    if (this.pendingChars > MAX_PENDING_CHARS)
      throw new UnreadableWorkbook('TOO_LARGE', 'an XML token that is too long');
  }

  end(): void {
    this.parser.close();
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

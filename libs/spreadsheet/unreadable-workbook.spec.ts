import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BROKEN, ENCRYPTED, NOT_XLSX, refusalOfWorkbook, SHEET, TOO_LARGE } from '../../test/support/read-workbooks.js';
import {
  sharedStringsXml,
  sheetXml,
  stylesXml,
  workbookFiles,
  workbookOf,
  workbookOfRows,
  XML,
  zipOf,
} from '../../test/support/workbooks.js';

const NESTED_ENTITIES = '<!DOCTYPE lol [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;">]>';
const EXTERNAL_ENTITY = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>';

describe('A file that is not a workbook', () => {
  const ole = (text: string) =>
    Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(504), Buffer.from(text, 'utf16le')]);

  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['a text', Buffer.from('Итоги;3;20 180,00\r\n')],
    ['a web page', Buffer.from('<html><table><tr><td>Итоги</td></tr></table></html>')],
    ['an .xls', ole('Workbook')],
    ['an archive of another file', zipOf([{ name: 'registry.csv', content: 'a,b' }])],
    ['an archive of an archive', zipOf([{ name: 'registry.xlsx', content: workbookOf({ sheets: [SHEET] }) }])],
    ['a document', workbookOf({ sheets: [SHEET], workbook: '<document><body/></document>' })],
  ])('is refused: %s', async (_, content) => {
    expect(await refusalOfWorkbook(content)).toBe(NOT_XLSX);
  });

  it('is refused: a workbook with a password', async () => {
    expect(await refusalOfWorkbook(ole('EncryptedPackage'))).toBe(ENCRYPTED);
    const files = workbookFiles({ sheets: [{ ...SHEET, lie: { flags: 1 } }] });
    expect(await refusalOfWorkbook(zipOf(files))).toBe(ENCRYPTED);
  });
});

describe('A broken workbook', () => {
  it('is refused wherever it is truncated', async () => {
    const whole = workbookOf({ sheets: [SHEET], strings: sharedStringsXml('<t>a</t>'), styles: stylesXml(0, 14) });
    for (let length = 2; length < whole.length; length += 149)
      expect(await refusalOfWorkbook(Buffer.from(whole.subarray(0, length)))).toBe(BROKEN);
  });

  it('with any changed byte is refused or read', async () => {
    const whole = workbookOf({ sheets: [SHEET], strings: sharedStringsXml('<t>a</t>') });
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect(await refusalOfWorkbook(changed)).toMatch(
          /^read$|^UnreadableWorkbook (BROKEN|NOT_XLSX|TOO_LARGE|ENCRYPTED)$/,
        );
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ['decreasing row numbers', '<row r="2"><c><v>1</v></c></row><row r="1"><c><v>1</v></c></row>'],
    ['a row twice', '<row r="2"><c><v>1</v></c></row><row r="2"><c><v>1</v></c></row>'],
    ['a row below the last one', '<row r="1048577"><c><v>1</v></c></row>'],
    ['a row without a number', '<row r="x"><c><v>1</v></c></row>'],
    ['a cell without a column', '<row><c r="12"><v>1</v></c></row>'],
    ['an unknown string', '<row><c t="s"><v>0</v></c></row>'],
    ['an element that is not closed', '<row><c><v>1</v></row>'],
    ['an undeclared entity', '<row><c t="str"><v>&lol;</v></c></row>'],
  ])('is refused: %s', async (_, rows) => {
    expect(await refusalOfWorkbook(workbookOfRows(rows))).toBe(BROKEN);
  });

  it.each([
    ['a sheet that ends in the middle', [SHEET.xml.slice(0, -12)]],
    ['an empty sheet part', ['']],
  ])('is refused: %s', async (_, [xml = '']) => {
    expect(await refusalOfWorkbook(workbookOf({ sheets: [{ xml }] }))).toBe(BROKEN);
  });

  it.each([
    ['with a checksum of something else', { crc: 1 }],
    ['with an unknown compression', { method: 12 }],
    ['smaller than it declares', { size: 10_000 }],
  ])('is refused: a sheet %s', async (_, lie) => {
    expect(await refusalOfWorkbook(workbookOf({ sheets: [{ ...SHEET, lie }] }))).toBe(BROKEN);
  });

  it.each(['styles.xml', 'sharedStrings.xml', 'workbook.xml'])('is refused: %s with a wrong checksum', async (name) => {
    const files = workbookFiles({ sheets: [SHEET], strings: sharedStringsXml('<t>a</t>'), styles: stylesXml(0) });
    const lying = files.map((file) => (file.name.endsWith(`/${name}`) ? { ...file, lie: { crc: 1 } } : file));
    expect(await refusalOfWorkbook(zipOf(lying))).toBe(BROKEN);
  });

  it('is refused: an archive with offsets beyond its end', async () => {
    const whole = zipOf(workbookFiles({ sheets: [SHEET] }), { zip64: true });
    const locator = whole.indexOf(Buffer.from('504b0607', 'hex'));
    for (const at of [locator + 8, locator - 8]) {
      const far = Buffer.from(whole);
      far.writeBigUInt64LE(1n << 62n, at);
      expect(await refusalOfWorkbook(far)).toBe(BROKEN);
    }
  });

  it('is refused: two parts with the same name, or a missing part', async () => {
    const files = workbookFiles({ sheets: [SHEET] });
    const sheet = files.filter(({ name }) => name.endsWith('sheet0.xml'));
    expect(await refusalOfWorkbook(zipOf([...files, ...sheet]))).toBe(BROKEN);
    expect(await refusalOfWorkbook(zipOf(files.filter((file) => !sheet.includes(file))))).toBe(BROKEN);
  });
});

describe('A malicious workbook', () => {
  const bomb = `<row r="1"><c t="str"><v>${' '.repeat(30_000)}</v></c></row>`;
  const rows = (count: number) =>
    Array.from({ length: count }, (_, row) => bomb.replace('"1"', `"${row + 1}"`)).join('');

  it('that would unpack to too much is refused before it is unpacked', async () => {
    const large = { sheets: [{ xml: sheetXml(rows(20)) }] };
    expect(await refusalOfWorkbook(workbookOf(large), { sheetBytes: 500_000 })).toBe(TOO_LARGE);
    const strings = sharedStringsXml(...Array.from({ length: 1_000 }, () => '<t>abc</t>'));
    expect(await refusalOfWorkbook(workbookOf({ sheets: [SHEET], strings }), { sharedStringsBytes: 10_000 })).toBe(
      TOO_LARGE,
    );
    const styles = stylesXml(...Array.from({ length: 1_000 }, () => 14));
    expect(await refusalOfWorkbook(workbookOf({ sheets: [SHEET], styles }), { partBytes: 10_000 })).toBe(TOO_LARGE);
    expect(await refusalOfWorkbook(workbookOf({ sheets: [SHEET, SHEET] }), { sheetBytes: SHEET.xml.length + 1 })).toBe(
      TOO_LARGE,
    );
    expect(await refusalOfWorkbook(workbookOf({ sheets: [SHEET] }), { fileBytes: 100 })).toBe(TOO_LARGE);
  });

  it('that unpacks to more than it declares is refused', async () => {
    expect(await refusalOfWorkbook(workbookOf({ sheets: [{ xml: sheetXml(rows(200)), lie: { size: 1_000 } }] }))).toBe(
      BROKEN,
    );
    const files = workbookFiles({ sheets: [SHEET], styles: stylesXml(0) });
    const lying = files.map((file) => (file.name.endsWith('styles.xml') ? { ...file, lie: { size: 10 } } : file));
    expect(await refusalOfWorkbook(zipOf(lying))).toBe(BROKEN);
  });

  it('that repeats one long string is refused', async () => {
    const strings = sharedStringsXml(`<t>${'x'.repeat(30_000)}</t>`);
    const named = '<row>'.concat('<c t="s"><v>0</v></c>'.repeat(200), '</row>').repeat(20);
    const content = workbookOf({ sheets: [{ xml: sheetXml(named) }], strings });
    expect(await refusalOfWorkbook(content, { textChars: 10_000_000 })).toBe(TOO_LARGE);
  });

  it('with a text that is too long for a cell is refused', async () => {
    const text = (length: number) => `<row><c t="str"><v>${'x'.repeat(length)}</v></c></row>`;
    expect(await refusalOfWorkbook(workbookOfRows(text(32_767)))).toBe('read');
    expect(await refusalOfWorkbook(workbookOfRows(text(32_768)))).toBe(TOO_LARGE);
    expect(await refusalOfWorkbook(workbookOfRows(text(2_000_000)))).toBe(TOO_LARGE);
    expect(await refusalOfWorkbook(workbookOfRows(`<!-- ${'x'.repeat(2_000_000)}`))).toBe(TOO_LARGE);
    expect(await refusalOfWorkbook(workbookOfRows('<row>'.repeat(100_000)))).toBe(BROKEN);
  });

  it.each([
    ['with nested entities', NESTED_ENTITIES],
    ['with an external entity', EXTERNAL_ENTITY],
  ])('%s is refused', async (_, doctype) => {
    const withType = (xml: string) => xml.replace(XML, XML + doctype);
    expect(await refusalOfWorkbook(workbookOf({ sheets: [{ xml: withType(SHEET.xml) }] }))).toBe(BROKEN);
    const strings = withType(sharedStringsXml('<t>a</t>'));
    expect(await refusalOfWorkbook(workbookOf({ sheets: [SHEET], strings }))).toBe(BROKEN);
    expect(await refusalOfWorkbook(workbookOf({ sheets: [SHEET], styles: withType(stylesXml(0)) }))).toBe(BROKEN);
  });

  it('that needs more memory than its reader may use is refused', async () => {
    const strings = sharedStringsXml(...Array.from({ length: 400 }, (_, i) => `<t>${i}${'ы'.repeat(32_000)}</t>`));
    const cells = Array.from({ length: 4_000 }, (_, i) => `<c t="s"><v>${i % 400}</v></c>`).join('');
    const content = workbookOf({ sheets: [{ xml: sheetXml(`<row>${cells}</row>`) }], strings });
    expect(await refusalOfWorkbook(content, { columns: 16_384 })).toBe(TOO_LARGE);
  });
});

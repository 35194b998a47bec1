import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { textOfBody } from './body-text.js';

const TEXT = '{"a":"тест"}';

describe('The text of a body', () => {
  it.each<[string, Buffer, { encoding?: string; contentType?: string }]>([
    ['UTF-8', Buffer.from(TEXT), {}],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${TEXT}`), {}],
    [
      'UTF-8 that says so',
      Buffer.from(TEXT),
      { contentType: 'application/json; charset="UTF-8"', encoding: 'identity' },
    ],
    ['UTF-8 as a type that is none', Buffer.from(TEXT), { contentType: ';' }],
  ])('is read: %s', (_, body, headers) => {
    expect(textOfBody(body, headers)).toBe(TEXT);
  });

  it('is read if it is ASCII, whatever encoding it claims', () => {
    const headers = { contentType: 'application/json;charset=windows-1251' };
    expect(textOfBody(Buffer.from('{"a":1}'), headers)).toBe('{"a":1}');
    expect(textOfBody(Buffer.from(TEXT), headers)).toBeNull();
  });

  it('keeps a second byte order mark, and one inside', () => {
    expect(textOfBody(Buffer.from('\ufeff\ufeff1\ufeff'), {})).toBe('\ufeff1\ufeff');
  });

  it.each<[string, Buffer, { encoding?: string; contentType?: string }]>([
    ['gzip that says so', gzipSync(TEXT), { encoding: 'gzip' }],
    ['gzip that says nothing', gzipSync(TEXT), {}],
    ['an encoding of which the body is not', Buffer.from(TEXT), { encoding: 'br' }],
    ['UTF-16', Buffer.from(TEXT, 'utf16le'), {}],
    ['UTF-16 with a byte order mark', Buffer.from(`\ufeff${TEXT}`, 'utf16le'), {}],
    ['UTF-16, the other way round', Buffer.from(`\ufeff${TEXT}`, 'utf16le').swap16(), {}],
    ['windows-1251', Buffer.from([0x22, 0xf2, 0xe5, 0xf1, 0xf2, 0x22]), {}],
    [
      'windows-1251 that says so',
      Buffer.from([0x22, 0xf2, 0xe5, 0x22]),
      { contentType: 'text/json; charset=windows-1251' },
    ],
  ])('is not read: %s', (_, body, headers) => {
    expect(textOfBody(body, headers)).toBeNull();
  });
});

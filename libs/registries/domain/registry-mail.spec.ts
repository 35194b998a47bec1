import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  alertSubject,
  allowedSender,
  findAttachments,
  type MailPart,
  matchesPattern,
  type ReceivedMail,
  senderDomain,
} from './registry-mail.js';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const file = (part: string, filename: string, more: Partial<MailPart> = {}): MailPart => ({
  ...{ part, type: XLSX, encoding: 'base64', size: 1500, dispositionParameters: { filename } },
  ...more,
});
const text: MailPart = { part: '1', type: 'text/plain', encoding: '7bit', size: 20 };
const namesOf = (mail: MailPart | null, patterns = ['*.xlsx']) =>
  findAttachments(mail, patterns).map(({ name }) => name);

describe('the sender of a mail', () => {
  const allowed = ['registry@kaspi.kz', '@pay.kaspi.kz'];

  it.each([
    ['the address that is named', ['registry@kaspi.kz'], 'registry@kaspi.kz'],
    ['the same in capitals', ['Registry@KASPI.kz'], 'registry@kaspi.kz'],
    ['anybody of a domain that is named', ['robot.7@pay.kaspi.kz'], 'robot.7@pay.kaspi.kz'],
    ['another address of the company', ['other@kaspi.kz'], null],
    ['an address of a subdomain', ['registry@x.pay.kaspi.kz'], null],
    ['an address of a domain with the same ending', ['registry@evilpay.kaspi.kz'], null],
    ['one whose name holds the domain', ['"x@pay.kaspi.kz"@evil.example'], null],
    ['two, one of which is named', ['registry@kaspi.kz', 'evil@evil.example'], null],
    ['the same one twice', ['registry@kaspi.kz', 'registry@kaspi.kz'], null],
    ['a missing sender', [], null],
    ['a group without an address', [''], null],
    ['a domain alone', ['@pay.kaspi.kz'], null],
    ['one with what no address has', ['a\u0000b@pay.kaspi.kz'], null],
  ])('is %s', (_, from, sender) => {
    expect(allowedSender(from, allowed)).toBe(sender);
  });

  it('is reported by its domain only', () => {
    expect(senderDomain(['Aigul.S@Example.KZ'])).toBe('example.kz');
    expect(senderDomain(['a@b', 'c@d'])).toBeNull();
    expect(senderDomain([])).toBeNull();
    expect(senderDomain(['x@a\nb'])).toBe('ab');
  });
});

describe('the registries in a mail', () => {
  it('are all of its files with a matching name, anywhere in the mail', () => {
    const mail: MailPart = {
      type: 'multipart/mixed',
      childNodes: [
        { part: '1', type: 'multipart/alternative', childNodes: [text, file('1.2', 'Ежедневный реестр.XLSX')] },
        file('2', 'invoice.pdf'),
        { part: '3', type: XLSX, encoding: 'base64', size: 9, parameters: { name: 'second.xlsx' } },
      ],
    };
    expect(findAttachments(mail, ['*.xlsx'])).toEqual([
      { part: '1.2', name: 'Ежедневный реестр.XLSX', minBytes: 1000 },
      { part: '3', name: 'second.xlsx', minBytes: 6 },
    ]);
  });

  it('are not files of a forwarded mail, which another sender wrote', () => {
    const inner: MailPart = { type: 'multipart/mixed', childNodes: [file('2.1', 'forwarded.xlsx')] };
    const forwarded: MailPart = { part: '2', type: 'message/rfc822', childNodes: [inner] };
    expect(namesOf({ type: 'multipart/mixed', childNodes: [text, forwarded] })).toEqual([]);
    expect(namesOf({ type: 'multipart/mixed', childNodes: [forwarded, file('3', 'own.xlsx')] })).toEqual(['own.xlsx']);
  });

  it('may be the body of a mail without parts', () => {
    const { part: _, ...whole } = file('', 'registry.xlsx', { encoding: '8bit', size: 70 });
    expect(findAttachments(whole, ['*.xlsx'])).toEqual([{ part: '1', name: 'registry.xlsx', minBytes: 70 }]);
    expect(namesOf(null)).toEqual([]);
    expect(namesOf(text)).toEqual([]);
  });

  it('have an estimated size that is never above the decoded size', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 64, maxLength: 3000 }),
        fc.integer({ min: 15, max: 19 }),
        (bytes, quads) => {
          const lines =
            Buffer.from(bytes)
              .toString('base64')
              .match(new RegExp(`.{1,${quads * 4}}`, 'g')) ?? [];
          const size = lines.join('\r\n').length + 2;
          const [attachment] = findAttachments(file('2', 'r.xlsx', { size }), ['*.xlsx']);
          expect(attachment?.minBytes).toBeLessThanOrEqual(bytes.length);
        },
      ),
    );
  });
});

describe('a name', () => {
  it.each([
    ['registry.xlsx', '*.xlsx', true],
    ['Registry.XLSX', '*.xlsx', true],
    ['registry.xlsx.exe', '*.xlsx', false],
    ['registryxxlsx', '*.xlsx', false],
    ['реестр_2025.xlsx', 'реестр*.xlsx', true],
    ['Мои\u0306.xlsx', 'мой.xlsx', true],
    ['a-daily-b.xlsx', '*daily*.xlsx', true],
    ['a-dail-b.xlsx', '*daily*.xlsx', false],
    ['aba', 'ab*ba', false],
    ['anything', '*', true],
  ])('%s is of %s: %s', (name, pattern, is) => {
    expect(matchesPattern(name, pattern)).toBe(is);
  });

  it('matches a pattern exactly if a regular expression with .* in place of * matches', () => {
    const few = fc.stringMatching(/^[ab.*]{0,8}$/);
    fc.assert(
      fc.property(fc.stringMatching(/^[ab.]{0,10}$/), few, (name, pattern) => {
        const regular = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
        expect(matchesPattern(name, pattern)).toBe(regular.test(name));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the name of a refused mail for operators', () => {
  const mail = (messageId: string | null): ReceivedMail => ({ uid: 7, messageId, from: [], structure: null });

  it('is its Message-ID, shortened and without invisible characters, or else its place in the mailbox', () => {
    expect(alertSubject(mail('<a\u0000\r\nb@c>'), 9n)).toBe('<ab@c>');
    expect(alertSubject(mail('x'.repeat(500)), 9n)).toHaveLength(200);
    expect(alertSubject(mail(null), 9n)).toBe('UID 7 of 9');
    expect(alertSubject(mail('\n'), 9n)).toBe('UID 7 of 9');
  });
});

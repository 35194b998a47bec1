import { describe, expect, it } from '@jest/globals';
import { Settings, SettingsError } from './settings.js';

const NEEDED = { DATABASE_URL: 'postgresql://localhost/mpp', KASPI_BASE_URL: 'http://127.0.0.1:3100' };
const SENDERS = { REGISTRY_IMAP_SENDERS: 'registry@kaspi.kz' };
const read = (env: Record<string, string>) => Settings.read({ ...NEEDED, ...env });
const problem = (env: Record<string, string>): string => {
  try {
    read(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return 'none';
};

describe('the settings of the registry mailbox', () => {
  it.each([
    [
      'imaps://mpp%40bank.kz:p%3Ass%2Fw@mail.bank.kz/Kaspi%2F%D0%A0%D0%B5%D0%B5%D1%81%D1%82%D1%80%D1%8B',
      {
        ...{ secure: true, host: 'mail.bank.kz', port: 993, user: 'mpp@bank.kz', password: 'p:ss/w' },
        mailbox: 'Kaspi/Реестры',
      },
    ],
    [
      'imap://mpp:x@127.0.0.1',
      { secure: false, host: '127.0.0.1', port: 143, user: 'mpp', password: 'x', mailbox: 'INBOX' },
    ],
    [
      'imaps://mpp:x@[::1]:1993/',
      { secure: true, host: '::1', port: 1993, user: 'mpp', password: 'x', mailbox: 'INBOX' },
    ],
  ])('accept the URL %s', (url, address) => {
    expect(read({ REGISTRY_IMAP_URL: url, ...SENDERS }).REGISTRY_IMAP_URL).toEqual(address);
  });

  it.each([
    'https://mpp:hunter2@mail.bank.kz/',
    'imaps://mpp@mail.bank.kz/',
    'imaps://:hunter2@mail.bank.kz/',
    'imaps://mpp:hunter2%@mail.bank.kz/',
    'imaps://mpp:hunter2@mail.bank.kz/INBOX?x=1',
    'mpp:hunter2@mail.bank.kz',
  ])('refuse the URL %s: the error names the setting and does not contain the password', (url) => {
    const message = problem({ REGISTRY_IMAP_URL: url, ...SENDERS });
    expect(message).toMatch(/^REGISTRY_IMAP_URL: must be like imaps:/);
    expect(message).not.toContain('hunter2');
  });

  it('require at least one allowed sender', () => {
    expect(problem({ REGISTRY_IMAP_URL: 'imaps://mpp:x@mail.bank.kz' })).toMatch(/^REGISTRY_IMAP_SENDERS: is required/);
    expect(problem({ ...SENDERS })).toBe('none');
  });

  it('accept senders by address and by domain, in any letter case', () => {
    const { REGISTRY_IMAP_SENDERS } = read({ REGISTRY_IMAP_SENDERS: ' Registry@Kaspi.kz, @pay.KASPI.kz ,' });
    expect(REGISTRY_IMAP_SENDERS).toEqual(['registry@kaspi.kz', '@pay.kaspi.kz']);
  });

  it.each(['kaspi.kz', '*', 'a@b@c', ',', 'a b@c', '@'])('refuse "%s" as a sender', (given) => {
    expect(problem({ REGISTRY_IMAP_SENDERS: given })).toMatch(/^REGISTRY_IMAP_SENDERS: must/);
  });

  it('accept patterns of file names, by default every workbook (*.xlsx)', () => {
    expect(read({}).REGISTRY_IMAP_ATTACHMENTS).toEqual(['*.xlsx']);
    const given = { REGISTRY_IMAP_ATTACHMENTS: 'Реестр*.xlsx, daily?.xlsx' };
    expect(read(given).REGISTRY_IMAP_ATTACHMENTS).toEqual(['реестр*.xlsx', 'daily?.xlsx']);
    expect(problem({ REGISTRY_IMAP_ATTACHMENTS: 'a/b.xlsx' })).toMatch(/^REGISTRY_IMAP_ATTACHMENTS: must/);
    expect(problem({ REGISTRY_IMAP_ATTACHMENTS: ' , ' })).toMatch(/^REGISTRY_IMAP_ATTACHMENTS: must/);
  });
});

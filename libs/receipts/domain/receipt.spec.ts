import { describe, expect, it } from '@jest/globals';
import { kaspiOperationId, localised } from './receipt.js';

const links = {
  linkReceipt: 'https://receipt.kaspi.kz/ext?TranId=a3ffba1a-5add&sale_date=2024-01-10+14:24:09.646000',
  pdfReceipt:
    'https://receipt-test.kaspi.kz/external/receipt/download/pdf?extTranId=QR2509507857&sale_date=2025-05-29+10:53:52.806',
};

describe('receipt links', () => {
  it('are in Kazakh with &locale=kk appended, and in Russian exactly as received (R25, R32)', () => {
    expect(localised(links, 'kk')).toEqual({
      linkReceipt: `${links.linkReceipt}&locale=kk`,
      pdfReceipt: `${links.pdfReceipt}&locale=kk`,
    });
    expect(localised(links, 'ru')).toEqual(links);
    expect(localised({ linkReceipt: null, pdfReceipt: null }, 'kk')).toEqual({ linkReceipt: null, pdfReceipt: null });
  });

  it('contain the id of the Kaspi operation, QR and digits, in either link (R24)', () => {
    expect(kaspiOperationId(links)).toBe('QR2509507857');
    expect(kaspiOperationId({ linkReceipt: 'https://receipt-test.kaspi.kz/web?extTranId=QR1', pdfReceipt: null })).toBe(
      'QR1',
    );
    expect(kaspiOperationId({ linkReceipt: 'https://receipt.kaspi.kz/ext?a=1&TranId=QR7&b=2', pdfReceipt: null })).toBe(
      'QR7',
    );
  });

  it.each([
    'https://receipt.kaspi.kz/ext?TranId=a3ffba1a-5add',
    'https://receipt.kaspi.kz/ext?TranId=QR12X',
    'https://receipt.kaspi.kz/ext?otherTranId=QR1',
    '',
  ])('do not contain an operation id in %j', (linkReceipt) => {
    expect(kaspiOperationId({ linkReceipt, pdfReceipt: null })).toBeNull();
  });
});

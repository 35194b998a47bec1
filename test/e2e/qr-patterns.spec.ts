import { describe, expect, it } from '@jest/globals';
import { startTestServer } from '../support/mpp.js';
import { paymentFixture } from '../support/payment-fixture.js';

const fixture = paymentFixture();
const { customer } = fixture;

describe('a QR code that QR_PATTERNS do not match', () => {
  it('is refused with a problem in the customer’s language, and the PS is not called; a matching one is accepted', async () => {
    const strict = await startTestServer({
      DATABASE_URL: fixture.database.url,
      KASPI_BASE_URL: fixture.kaspi.url,
      QR_PATTERNS: '592\\S+ https://kaspi\\.kz/pay/\\S+',
    });
    try {
      const token = await strict.mpp.customerToken('900000000001');
      const scan = (qrCode: string, locale = 'ru-RU') =>
        strict.mpp.call('POST', '/v1/scans', { token, body: { qrCode }, headers: { 'x-locale': locale } });
      for (const qrCode of ['https://example.kz/', '5921 2', 'x592123', '592', 'https://kaspi.kz/pay/ x']) {
        expect(await scan(qrCode)).toMatchObject({ status: 422, body: { code: 'QR_UNKNOWN' } });
      }
      expect((await scan('0', 'ru-RU')).body.detail).toBe('Отсканируйте QR-код Kaspi для оплаты.');
      expect((await scan('0', 'kk-KZ')).body.detail).toBe('Төлеуге арналған Kaspi QR-кодын сканерлеңіз.');
      expect(fixture.kaspi.arrived).toEqual([]);
      for (const qrCode of ['5921', 'https://kaspi.kz/pay/MyTest3Param']) expect((await scan(qrCode)).status).toBe(201);
    } finally {
      await strict.stop();
    }
  });

  it('is sent to the PS if no patterns are set', async () => {
    const alia = await customer();
    expect((await alia.scan(`any text, ${alia.id}`)).status).toBe(201);
  });
});

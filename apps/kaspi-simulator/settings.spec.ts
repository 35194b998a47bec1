import { describe, expect, it } from '@jest/globals';
import { readSettings } from './settings.js';

describe('The settings of the simulator', () => {
  it('have defaults for a first run on one machine', () => {
    expect(readSettings({ SIMULATOR_FILE: '' })).toEqual({
      port: 3100,
      storeFile: './data/simulator.jsonl',
      refundUrl: 'http://127.0.0.1:3001/refund',
      notificationSecret: null,
      coreToken: null,
      smtpUrl: null,
      mailTo: null,
    });
  });

  it('accept one or several secrets of notifications', () => {
    const secrets = 'whsec_AAAA, whsec_BBBB';
    expect(readSettings({ NOTIFICATION_SECRET: secrets }).notificationSecret).toBe(secrets);
  });

  it.each([
    ['SIMULATOR_PORT', '70000'],
    ['SIMULATOR_PORT', 'http'],
    ['MPP_REFUND_URL', 'localhost:3001/refund'],
    ['MPP_REFUND_URL', '/refund'],
    ['SIMULATOR_SMTP_URL', 'mail.bank.kz:25'],
    ['NOTIFICATION_SECRET', 'whsec_'],
    ['NOTIFICATION_SECRET', 'whsec_AAAA, secret!'],
  ])('are refused with the name %s if it is %s', (name, value) => {
    expect(() => readSettings({ [name]: value })).toThrow(name);
  });
});

import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { Signature } from './signature.js';

const ID = '019b1f7e-5b42-7d40-8b66-1e8bad2c3f55';
const BODY = '{"texts":{"ru":"Оплата прошла"}}';
/** NEW is written as the settings allow: without prefix and base64 padding. */
const OLD = `whsec_${Buffer.alloc(24, 'old').toString('base64')}`;
const NEW = Buffer.alloc(32, 'new').toString('base64').replace(/=+$/, '');

/** The signature by the specification, computed without the library. */
function byHand(secret: Buffer, at: Date): string {
  const seconds = Math.floor(at.getTime() / 1000);
  return `v1,${createHmac('sha256', secret).update(`${ID}.${seconds}.${BODY}`).digest('base64')}`;
}

describe('the signature', () => {
  const now = new Date();

  it('follows the specification, one for each secret', () => {
    expect(new Signature([OLD, NEW]).sign(ID, now, BODY)).toEqual({
      'webhook-id': ID,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': `${byHand(Buffer.alloc(24, 'old'), now)} ${byHand(Buffer.alloc(32, 'new'), now)}`,
    });
  });

  it.each([OLD, `whsec_${NEW}=`])('is verified by the library with either secret, %s', (secret) => {
    const headers = { ...new Signature([OLD, NEW]).sign(ID, now, BODY) };
    expect(new Webhook(secret).verify(BODY, headers)).toEqual(JSON.parse(BODY));
    expect(() => new Webhook(secret).verify(`${BODY} `, headers)).toThrow('No matching signature');
  });

  it('is not verified with another secret', () => {
    const headers = { ...new Signature([OLD]).sign(ID, now, BODY) };
    expect(() => new Webhook(`whsec_${NEW}=`).verify(BODY, headers)).toThrow('No matching signature');
  });
});

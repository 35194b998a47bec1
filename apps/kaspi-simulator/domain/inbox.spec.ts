import { describe, expect, it } from '@jest/globals';
import { Inbox, type Message } from './inbox.js';

const now = new Date('2026-02-19T10:00:00Z');
const message = (webhookId: string | null): Message => ({
  webhookId,
  verified: true,
  refused: false,
  type: 'refund.credited',
  customerId: '900900000001',
  texts: null,
  data: null,
});

describe('The inbox', () => {
  it('keeps the latest thousand messages', () => {
    const inbox = new Inbox();
    for (let n = 1; n <= 1001; n++) inbox.receiveMessage(message(`m${n}`), now);
    const ids = inbox.listMessages().map(({ webhookId }) => webhookId);
    expect(ids).toHaveLength(1000);
    expect([ids[0], ids[999]]).toEqual(['m1001', 'm2']);
  });

  it('treats two messages without an id as different', () => {
    const inbox = new Inbox();
    for (let n = 0; n < 2; n++) inbox.receiveMessage(message(null), now);
    expect(inbox.listMessages()).toMatchObject([{ times: 1 }, { times: 1 }]);
  });

  it('counts repeats and keeps the time of the first receipt', () => {
    const inbox = new Inbox();
    inbox.receiveMessage(message('m'), now);
    inbox.receiveMessage(message('m'), new Date('2026-02-19T11:00:00Z'));
    expect(inbox.listMessages()).toMatchObject([{ times: 2, receivedAt: now }]);
  });
});

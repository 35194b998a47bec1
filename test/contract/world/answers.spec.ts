import { describe, expect, it } from '@jest/globals';
import { Money } from '@mpp/kernel';
import {
  readCheckoutAnswer,
  readNotifyAnswer,
  readOutcome,
  readScanAnswer,
} from '../../../libs/kaspi/client/answers.js';
import { entriesOf } from './entries.js';

/** An object is sent as JSON.stringify writes it, a text as it is. */
interface Answer {
  /** 200 by default. */
  readonly status?: number;
  readonly body: string | object;
}

/** What is read; amounts and moments as texts. `unknown` is a part of the reason. */
type Outcome = { readonly resultCode: string; readonly answer: object | null } | { readonly unknown: string | true };

/** The value as JSON has it. */
const shown = (value: object | null) =>
  JSON.parse(JSON.stringify(value, (_, each) => (each instanceof Money ? each.toString() : each)));

describe.each([
  ['scan-answers', 'a scan (4.1)', readScanAnswer],
  ['checkout-answers', 'a checkout (4.2)', readCheckoutAnswer],
  ['notify-answers', 'a notifyPayment (4.3)', readNotifyAnswer],
])('%s.json, the answers to %s', (file, _, readAnswer) => {
  it.each(entriesOf<Answer, Outcome>(file))('%s', (_name, { input: { status = 200, body }, right }) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const outcome = readOutcome<object>(status, text, readAnswer);
    // Operators see the answer, whatever it is.
    expect(outcome).toMatchObject({ httpStatus: status, text });
    if ('unknown' in right) {
      const reason = right.unknown === true ? expect.any(String) : expect.stringContaining(right.unknown);
      expect(outcome).toMatchObject({ kind: 'unknown', reason });
    } else {
      expect(outcome).toMatchObject({ kind: 'answered', resultCode: right.resultCode });
      expect('answer' in outcome && shown(outcome.answer)).toEqual(right.answer);
    }
  });
});

import { HEADERS, objectField, parseWireObject, textField } from '@mpp/kaspi/wire';
import axios from 'axios';
import type { Refund } from '../domain/refund.js';

const ANSWERS_WITHIN_MS = 5_000;

/** What the PS sends to the participant's `/refund` (regulation 4.4). */
interface RefundRequestBody {
  readonly refundAmount: string;
  readonly customerId: string;
  readonly paymentId: string;
  readonly refundId: string;
  readonly linkReceipt: string;
  readonly pdfReceipt: string;
}

/** The participant did not answer; the message says what happened instead. */
class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** The PS's call of the participant's `/refund`. */
export class RefundClient {
  /** `url` is asked for at each request. */
  constructor(private readonly url: () => string) {}

  /**
   * One request, the same bytes each time. Resolves with the result code; rejects where there is none, which is no answer
   * whatever else came (R9): then the message says what did.
   */
  async send(refund: Refund, stop: AbortSignal): Promise<string> {
    const attempt = new AbortController();
    const cutOff = () => attempt.abort(new NoAnswer('cut off: the simulator stops'));
    const tooLong = new NoAnswer(`no answer within ${ANSWERS_WITHIN_MS / 1000} s`);
    const timer = setTimeout(() => attempt.abort(tooLong), ANSWERS_WITHIN_MS);
    stop.addEventListener('abort', cutOff, { once: true });
    try {
      const { status, data } = await axios.post<string>(this.url(), JSON.stringify(bodyOf(refund)), {
        headers: { 'content-type': 'application/json', [HEADERS.requestId]: refund.requestId },
        signal: attempt.signal,
        validateStatus: () => true,
        transformResponse: (text: string) => text,
        maxRedirects: 0,
        // The participant is near; a proxy of this machine's is for what is far.
        proxy: false,
      });
      return resultCodeIn(status, data);
    } catch (error) {
      throw attempt.signal.aborted ? attempt.signal.reason : error;
    } finally {
      clearTimeout(timer);
      stop.removeEventListener('abort', cutOff);
    }
  }
}

function bodyOf({ amount, customerId, paymentId, refundId, receipt }: Refund): RefundRequestBody {
  return {
    refundAmount: amount.toString(),
    customerId,
    paymentId,
    refundId,
    linkReceipt: receipt.linkReceipt,
    pdfReceipt: receipt.pdfReceipt,
  };
}

function resultCodeIn(status: number, text: string): string {
  const result = objectField(parseWireObject(text) ?? {}, 'result') ?? {};
  const code = textField(result, 'resultCode');
  if (code === undefined) throw new NoAnswer(`HTTP ${status} without a result.resultCode`);
  if (status >= 500) throw new NoAnswer(`HTTP ${status} with ${code}`);
  return code;
}

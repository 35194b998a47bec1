import { HEADERS, objectField, parseWireObject, textField } from '@mpp/kaspi/wire';
import axios from 'axios';
import type { Refund } from '../domain/refund.js';

const TIMEOUT_MS = 5_000;

/** The body of `/refund` (regulation 4.4). */
interface RefundRequestBody {
  readonly refundAmount: string;
  readonly customerId: string;
  readonly paymentId: string;
  readonly refundId: string;
  readonly linkReceipt: string;
  readonly pdfReceipt: string;
}

/** The participant did not answer; the message has the reason. */
class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** Calls the participant's `/refund`. */
export class RefundClient {
  /** `url` is called for each request. */
  constructor(private readonly url: () => string) {}

  /**
   * Sends one request; every attempt for a refund has the same bytes. Resolves with the result code. Rejects if there is
   * none (R9); the message has the reason.
   */
  async sendRefund(refund: Refund, stop: AbortSignal): Promise<string> {
    const attempt = new AbortController();
    const abort = () => attempt.abort(new NoAnswer('aborted: the simulator stops'));
    const timeout = new NoAnswer(`no answer within ${TIMEOUT_MS / 1000} s`);
    const timer = setTimeout(() => attempt.abort(timeout), TIMEOUT_MS);
    stop.addEventListener('abort', abort, { once: true });
    try {
      const { status, data } = await axios.post<string>(this.url(), JSON.stringify(requestBody(refund)), {
        headers: { 'content-type': 'application/json', [HEADERS.requestId]: refund.requestId },
        signal: attempt.signal,
        validateStatus: () => true,
        transformResponse: (text: string) => text,
        maxRedirects: 0,
        // The participant runs nearby, so the proxy of the environment is not used.
        proxy: false,
      });
      return resultCodeIn(status, data);
    } catch (error) {
      throw attempt.signal.aborted ? attempt.signal.reason : error;
    } finally {
      clearTimeout(timer);
      stop.removeEventListener('abort', abort);
    }
  }
}

function requestBody({ amount, customerId, paymentId, refundId, receipt }: Refund): RefundRequestBody {
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

import type { CheckoutAnswerBody, MerchantBody, NotifyAnswerBody, ScanAnswerBody } from '@mpp/kaspi/wire';
import { almatyIso } from '../domain/almaty-time.js';
import type { Decision, Merchant, Purchase } from '../domain/purchase.js';
import { resultOf } from '../domain/result.js';
import type { Scanned } from './payment-system.js';

const SUCCESS = resultOf('SUCCESS', 'ru');

/** The answers of the examples of regulation 4.1, by the type of the QR. */
export function scanAnswer(scanned: Scanned): ScanAnswerBody {
  switch (scanned.qrCodeType) {
    case 'Dynamic':
    case 'Static':
      return payableAnswer(scanned.purchase);
    case 'Custom':
      // The deadline and the merchant come with checkout (R8).
      return {
        qrCodeType: 'Custom',
        payment: { paymentId: scanned.purchase.paymentId },
        paymentData: scanned.service,
        result: SUCCESS,
      };
    case 'Refund':
      return { result: SUCCESS, qrCodeType: 'Refund', refund: { refundId: scanned.refundId } };
  }
}

/** A Static purchase that can be scanned is open, and has no amount yet. */
function payableAnswer({ type, paymentId, amount, canConfirmUntil, merchant }: Purchase): ScanAnswerBody {
  return {
    result: SUCCESS,
    qrCodeType: type,
    payment: {
      paymentId,
      ...(amount !== null && { paymentAmount: amount.toString() }),
      ...(canConfirmUntil !== null && { canConfirmUntil: almatyIso(canConfirmUntil) }),
    },
    merchant: merchantBody(merchant),
  };
}

/** The answer of the example of regulation 4.2, whose amount is a number; one with tiyn is written as 1.6 says. */
export function checkoutAnswer({ amount, canConfirmUntil, merchant }: Purchase): CheckoutAnswerBody {
  return {
    ...(amount !== null && {
      paymentAmount: amount.isWholeTenge() ? Number(amount.toWholeTenge()) : amount.toString(),
    }),
    ...(canConfirmUntil !== null && { canConfirmUntil: almatyIso(canConfirmUntil) }),
    merchant: merchantBody(merchant),
    result: SUCCESS,
  };
}

/**
 * The answer of the example of regulation 4.3. It is made of the recorded decision alone, so every repeat gets the same
 * bytes. A cancellation or a failure was processed successfully too, but has no receipt.
 */
export function notifyAnswer({ receipt }: Decision): NotifyAnswerBody {
  if (receipt === null) return { result: SUCCESS };
  return { result: SUCCESS, linkReceipt: receipt.linkReceipt, pdfReceipt: receipt.pdfReceipt };
}

function merchantBody({ id, name, mcc }: Merchant): MerchantBody {
  return { merchantId: id, merchantName: name, merchantMCC: mcc };
}

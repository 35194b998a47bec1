import type { CheckoutAnswerBody, MerchantBody, NotifyAnswerBody, ScanAnswerBody } from '@mpp/kaspi/wire';
import { almatyIso } from '../domain/almaty-time.js';
import type { Decision, Merchant, Purchase } from '../domain/purchase.js';
import { resultOf } from '../domain/result.js';
import type { Scanned } from './payment-system.js';

const SUCCESS = resultOf('SUCCESS', 'ru');

/** As in the examples of regulation 4.1, by the type of the QR. */
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

/** An open Static purchase has no amount. */
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

/** As in the example of regulation 4.2, where the amount is a number; an amount with tiyn is a string as in 1.6. */
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
 * As in the example of regulation 4.3. It depends on the stored decision only, so every repeat gets the same bytes. A
 * cancellation or failure is also answered with SUCCESS, without a receipt.
 */
export function notifyAnswer({ receipt }: Decision): NotifyAnswerBody {
  if (receipt === null) return { result: SUCCESS };
  return { result: SUCCESS, linkReceipt: receipt.linkReceipt, pdfReceipt: receipt.pdfReceipt };
}

function merchantBody({ id, name, mcc }: Merchant): MerchantBody {
  return { merchantId: id, merchantName: name, merchantMCC: mcc };
}

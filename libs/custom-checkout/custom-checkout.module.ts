import { KaspiModule } from '@mpp/kaspi';
import { QrPaymentsModule } from '@mpp/qr-payments';
import { Module } from '@nestjs/common';
import { Checkouts } from './checkout/checkouts.service.js';
import { CheckoutController } from './http/checkout.controller.js';

/** The price of a service behind a Custom QR. */
@Module({ imports: [KaspiModule, QrPaymentsModule], providers: [Checkouts], exports: [Checkouts] })
export class CustomCheckoutModule {}

/** The checkout of the mobile API. */
@Module({ imports: [CustomCheckoutModule], controllers: [CheckoutController] })
export class CustomCheckoutHttpModule {}

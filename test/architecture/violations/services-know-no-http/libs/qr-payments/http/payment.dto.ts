export class PaymentDto {}

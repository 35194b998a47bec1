export { Checkouts } from './checkout/checkouts.service.js';
export { CustomCheckoutHttpModule, CustomCheckoutModule } from './custom-checkout.module.js';

export { Checkouts } from './checkouts.service.js';
export { CustomCheckoutHttpModule, CustomCheckoutModule } from './custom-checkout.module.js';

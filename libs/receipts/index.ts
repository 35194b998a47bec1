export { kaspiOperationId, localised, type ReceiptLinks } from './domain/links.js';
export { ReceiptsModule } from './receipts.module.js';
export { type Receipt, Receipts } from './receipts.service.js';

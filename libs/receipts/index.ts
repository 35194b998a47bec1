export { kaspiOperationId, localised, type Receipt, type ReceiptLinks } from './domain/receipt.js';
export { ReceiptsModule } from './receipts.module.js';
export { Receipts } from './receipts.service.js';

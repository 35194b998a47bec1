import { FilterText } from '@mpp/platform';

/** Ids of the PS that exceed the regulation's 64 characters are kept whole (R29); an index holds up to 2000. */
const MAX_KASPI_ID = 2000;

export const FilterCustomer = () => FilterText(12, 'Only those of this customer');
export const FilterPurchase = () => FilterText(MAX_KASPI_ID, 'Only those of this purchase, by the PS’s paymentId');

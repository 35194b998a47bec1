/** The id in the examples; the Swagger UI replaces it with the id of the last payment. */
export const EXAMPLE_PAYMENT_ID = '00000000-0000-7000-8000-000000000000';

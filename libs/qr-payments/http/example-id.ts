/** The id that the documents' examples show; the Swagger UI puts the id of the payment last seen in its place. */
export const EXAMPLE_PAYMENT_ID = '00000000-0000-7000-8000-000000000000';

/** The id that the documents' examples show; the Swagger UI puts the first account's id in its place. */
export const EXAMPLE_ACCOUNT_ID = '00000000-0000-7000-8000-00000000aaaa';

/** A bytea column as text in hexadecimal. */
export const hexColumn = {
  to: (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text, 'hex')),
  from: (bytes: Buffer | null): string | null => bytes?.toString('hex') ?? null,
};

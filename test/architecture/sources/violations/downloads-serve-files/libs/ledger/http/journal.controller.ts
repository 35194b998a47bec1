export const file = (rows) => new StreamableFile(rows);

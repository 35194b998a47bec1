/**
 * The text of a body of JSON in UTF-8, without a byte order mark. Null if it is compressed or in another encoding: it is not read then, since
 * a wrong reading could change ids.
 */
export function textOfBody(
  body: Buffer,
  {
    encoding = '',
    contentType = '',
  }: { readonly encoding?: string | undefined; readonly contentType?: string | undefined },
): string | null {
  if (!['', 'identity'].includes(encoding.trim().toLowerCase())) return null;
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1]?.toLowerCase() ?? 'utf-8';
  // ASCII is the same in every encoding that a sender could mean, except those with several bytes for each character.
  if (!['utf-8', 'utf8'].includes(charset) && !isAscii(body)) return null;
  // No JSON begins with NUL: these are UTF-16 or UTF-32 without a byte order mark (RFC 4627, 3).
  if (body.subarray(0, 4).includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return null;
  }
}

function isAscii(body: Buffer): boolean {
  return body.every((byte) => byte < 0x80);
}

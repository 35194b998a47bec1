import { almatyIso } from '../domain/almaty-time.js';
import type { ReceivedMessage } from '../domain/inbox.js';

const LOCALES = ['ru', 'kk'] as const;
const STYLE = `body { font: 16px/1.4 sans-serif; max-width: 26em; margin: 2em auto; padding: 0 1em; background: #eef }
article { background: #fff; border-radius: 1em; padding: .7em 1em; margin: 1em 0; box-shadow: 0 1px 3px #0003 }
h2 { font-size: 1em; margin: 0 } p { margin: 0 0 .5em } time, small { color: #667 }`;

/** The page of a customer's phone, with the pushed messages in both languages. Without a customer: a form that asks for one. */
export function phonePage(customerId: string | null, messages: readonly ReceivedMessage[]): string {
  const title = customerId === null ? 'A phone' : `The phone of customer ${escapeHtml(customerId)}`;
  const articles = messages.map(messageArticle).join('\n') || '<p>No messages yet.</p>';
  const refreshing = customerId === null ? '' : '\n<meta http-equiv="refresh" content="2">';
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">${refreshing}
<title>${title}</title>
<style>${STYLE}</style>
<h1>${title}</h1>
${customerId === null ? '<form>Customer <input name="customerId" maxlength="12" required> <button>Show</button></form>' : articles}
</html>
`;
}

function messageArticle({ receivedAt, type, texts }: ReceivedMessage): string {
  const paragraphs = LOCALES.map((locale) => {
    const text = objectIn(texts, locale);
    return `<h2 lang="${locale}">${escapeHtml(text.title)}</h2>\n<p lang="${locale}">${escapeHtml(text.body)}</p>`;
  });
  return `<article>
${paragraphs.join('\n')}
<small><time>${almatyIso(receivedAt)}</time> ${escapeHtml(type)}</small>
</article>`;
}

function objectIn(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return {};
  const found: unknown = (value as Readonly<Record<string, unknown>>)[name];
  return typeof found === 'object' && found !== null ? { ...found } : {};
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** HTML-escapes a text from outside; empty for any other type. */
function escapeHtml(value: unknown): string {
  return typeof value === 'string' ? value.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '') : '';
}

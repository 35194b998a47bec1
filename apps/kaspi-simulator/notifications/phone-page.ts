import { almatyIso } from '../domain/almaty-time.js';
import type { ReceivedMessage } from '../domain/inbox.js';

const LOCALES = ['ru', 'kk'] as const;
const STYLE = `body { font: 16px/1.4 sans-serif; max-width: 26em; margin: 2em auto; padding: 0 1em; background: #eef }
article { background: #fff; border-radius: 1em; padding: .7em 1em; margin: 1em 0; box-shadow: 0 1px 3px #0003 }
h2 { font-size: 1em; margin: 0 } p { margin: 0 0 .5em } time, small { color: #667 }`;

/** A customer's phone: what the participant pushed to it, in both languages. Without a customer it asks whose it is. */
export function phonePage(customerId: string | null, messages: readonly ReceivedMessage[]): string {
  const title = customerId === null ? 'A phone' : `The phone of customer ${escaped(customerId)}`;
  const pushes = messages.map(pushOf).join('\n') || '<p>Nothing has come yet.</p>';
  const refreshing = customerId === null ? '' : '\n<meta http-equiv="refresh" content="2">';
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">${refreshing}
<title>${title}</title>
<style>${STYLE}</style>
<h1>${title}</h1>
${customerId === null ? '<form>Whose? <input name="customerId" maxlength="12" required> <button>Show</button></form>' : pushes}
</html>
`;
}

function pushOf({ receivedAt, type, texts }: ReceivedMessage): string {
  const shown = LOCALES.map((locale) => {
    const words = objectIn(texts, locale);
    return `<h2 lang="${locale}">${escaped(words.title)}</h2>\n<p lang="${locale}">${escaped(words.body)}</p>`;
  });
  return `<article>
${shown.join('\n')}
<small><time>${almatyIso(receivedAt)}</time> ${escaped(type)}</small>
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

/** Texts come from outside: they are shown, never run. What is no text is left out. */
function escaped(value: unknown): string {
  return typeof value === 'string' ? value.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '') : '';
}

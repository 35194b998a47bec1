/** The languages of the service, `ru-RU` and `kk-KZ` for the PS (regulation 1.7). */
export const LOCALES = ['ru', 'kk'] as const;
export type Locale = (typeof LOCALES)[number];

export type LocalisedText = Readonly<Record<Locale, string>>;

export const KASPI_LOCALE: Readonly<Record<Locale, string>> = { ru: 'ru-RU', kk: 'kk-KZ' };

/** The caller's language: `X-Locale`, else the first supported language of `Accept-Language`, else Russian. */
export function localeOf(xLocale: string | undefined, acceptLanguage?: string): Locale {
  for (const tag of [xLocale ?? '', ...sortedByQuality(acceptLanguage ?? '')]) {
    const language = tag.trim().slice(0, 2).toLowerCase();
    if (language === 'ru' || language === 'kk') return language;
  }
  return 'ru';
}

function sortedByQuality(acceptLanguage: string): string[] {
  return acceptLanguage
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.split(';');
      const quality = parameters.map((p) => /^\s*q=([01](?:\.\d{0,3})?)\s*$/.exec(p)?.[1]).find((q) => q !== undefined);
      return { tag, quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter((entry) => entry.quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map((entry) => entry.tag);
}

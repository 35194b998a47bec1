import type { SettingValues } from './variables.js';

type Name = keyof SettingValues;
type Problem = readonly [name: Name, message: string];

const RETRY_LIMITS = [
  ['NOTIFY_RETRY_BASE_MS', 'NOTIFY_RETRY_MAX_MS'],
  ['REFUND_RETRY_BASE_MS', 'REFUND_RETRY_MAX_MS'],
  ['NOTIFICATION_RETRY_BASE_MS', 'NOTIFICATION_RETRY_MAX_MS'],
  ['CORE_BANKING_RETRY_BASE_MS', 'CORE_BANKING_RETRY_MAX_MS'],
] as const;

/** Variables that are set all or none. */
const SET_TOGETHER: readonly (readonly Name[])[] = [
  ['CORE_BANKING_TLS_CERT', 'CORE_BANKING_TLS_KEY'],
  ['KASPI_TLS_CERT', 'KASPI_TLS_KEY', 'KASPI_TLS_CA'],
];

/** What is wrong with settings of which each alone is valid. */
export function checkTogether(settings: SettingValues): Problem[] {
  const missing = (name: Name) => settings[name] === undefined;
  const requiredWith = (other: Name, name: Name, why = ''): Problem[] =>
    !missing(other) && missing(name) ? [[name, `is required with ${other}${why}`]] : [];
  return [
    ...requiredWith('AUTH_JWKS_URI', 'AUTH_ISSUER'),
    ...requiredWith('AUTH_JWKS_URI', 'AUTH_AUDIENCE'),
    ...requiredWith('NOTIFICATION_URL', 'NOTIFICATION_SECRET', ': it authenticates the server to the gateway'),
    ...requiredWith('REGISTRY_IMAP_URL', 'REGISTRY_IMAP_SENDERS', ': else anybody could send registries'),
    ...RETRY_LIMITS.filter(([base, max]) => settings[max] < settings[base]).map(
      ([base, max]): Problem => [max, `must not be below ${base}`],
    ),
    ...SET_TOGETHER.filter((names) => !names.every(missing)).flatMap((names) =>
      names.filter(missing).map((name): Problem => [name, `is required: ${names.join(', ')} go together`]),
    ),
    ...checkReportPool(settings),
    ...(settings.NODE_ENV === 'production' ? checkProduction(settings) : []),
  ];
}

/** Downloads must leave connections to the check of the books, which needs two, and to registries. */
const KEPT_FROM_DOWNLOADS = 2;

function checkReportPool({ DATABASE_REPORT_POOL_SIZE: size, DOWNLOADS_AT_ONCE: downloads }: SettingValues): Problem[] {
  if (size >= downloads + KEPT_FROM_DOWNLOADS) return [];
  return [['DATABASE_REPORT_POOL_SIZE', `must be at least DOWNLOADS_AT_ONCE + ${KEPT_FROM_DOWNLOADS}`]];
}

function checkProduction(settings: SettingValues): Problem[] {
  const problems: Problem[] = [];
  if (settings.AUTH_JWKS_URI === undefined) {
    problems.push(['AUTH_JWKS_URI', 'is required in production: there is no development issuer there']);
  }
  const authenticated = settings.CORE_BANKING_TOKEN !== undefined || settings.CORE_BANKING_TLS_CERT !== undefined;
  if (settings.CORE_BANKING_URL !== undefined && !authenticated) {
    const message = 'or CORE_BANKING_TLS_CERT is required in production: it authenticates the server to the core';
    problems.push(['CORE_BANKING_TOKEN', message]);
  }
  return problems;
}

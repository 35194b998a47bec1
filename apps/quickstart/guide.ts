import type { Printer } from './printer.js';

/** What has been started, and where it is. */
export interface Facts {
  readonly publicUrl: string;
  readonly kaspiUrl: string;
  readonly simulatorUrl: string | null;
  /** Null where they do not go to the simulator. `secret`: the one that was made for this start; null where a variable named it. */
  readonly notifications: { readonly secret: string | null } | null;
  /**
   * Who keeps the customers' accounts: the simulator's core (`token`: the one that was made for this start; null where a
   * variable named it), a core that CORE_BANKING_URL names, or, null, the own ledger.
   */
  readonly core: { readonly token: string | null } | 'named' | null;
  /** `embeddedIn`: the folder of the embedded one's files; null where DATABASE_URL named it. */
  readonly database: { readonly url: string; readonly embeddedIn: string | null };
  readonly dataDir: string | null;
  /** The first customer, with a token; null without the development issuer, and where nobody but the bank opens accounts. */
  readonly customer: { readonly id: string; readonly token: string } | null;
}

/** Where the simulator takes notifications. */
export function notificationUrlOf(simulatorUrl: string): string {
  return `${simulatorUrl}/notifications`;
}

/** The simulator's stand-in for a bank's core. */
function coreUrlOf(simulatorUrl: string): string {
  return `${simulatorUrl}/core`;
}

/** Prints where everything is, and the commands of a first payment: only what applies to this start. */
export function printGuide(printer: Printer, facts: Facts): void {
  printer.line();
  printer.title('Where everything is');
  for (const [name, value] of places(facts)) printer.fact(name, value);
  if (facts.customer !== null) {
    printer.line();
    printer.title(`A development token of customer ${facts.customer.id}`);
    printer.line(facts.customer.token);
    printer.line();
    printer.title(facts.simulatorUrl === null ? 'First calls, to copy' : 'A first payment, to copy');
    for (const command of commands(facts, facts.customer.id)) printer.line(command);
  }
  printer.line();
  printer.line('Ctrl-C stops everything.');
}

function places(facts: Facts): [string, string][] {
  const { publicUrl, kaspiUrl, simulatorUrl, notifications, core, database, dataDir, customer } = facts;
  const lines: [string, string][] = [
    ['Mobile API', `${publicUrl}/v1`],
    ['Swagger UI', `${publicUrl}/docs`],
    ['Kaspi-facing listener', kaspiUrl],
  ];
  if (simulatorUrl !== null) {
    lines.push(['Kaspi Pay simulator', simulatorUrl]);
    lines.push(['Kaspi’s registry of today', `${simulatorUrl}/registry/daily.xlsx`]);
  }
  if (simulatorUrl !== null && notifications !== null) {
    const whose = customer === null ? '' : `?customerId=${customer.id}`;
    lines.push(['The customer’s phone', `${simulatorUrl}/phone${whose}`]);
  }
  if (core === 'named') {
    lines.push(['Customers’ accounts', 'at the core of CORE_BANKING_URL; only the bank opens any: no first customer']);
  } else if (core !== null && simulatorUrl !== null) {
    lines.push(['Customers’ accounts', `at the stand-in core, ${coreUrlOf(simulatorUrl)}`]);
    lines.push(['What that core did', `${coreUrlOf(simulatorUrl)}/operations`]);
  }
  if (database.embeddedIn !== null) {
    lines.push(['Database', `psql '${database.url}'`]);
    // A second server needs ports of its own; everything else it shares.
    if (simulatorUrl !== null) lines.push(['A second server', secondServer(facts, simulatorUrl)]);
  }
  if (dataDir !== null) lines.push(['Data', dataDir]);
  if (database.embeddedIn !== null && !database.embeddedIn.startsWith(`${dataDir}/`)) {
    lines.push(['PostgreSQL’s files', `${database.embeddedIn} (its user cannot enter ${dataDir})`]);
  }
  return lines;
}

function secondServer({ database, notifications, core }: Facts, simulatorUrl: string): string {
  const standIn = core === 'named' ? null : core;
  return [
    `DATABASE_URL='${database.url}'`,
    `KASPI_BASE_URL=${simulatorUrl}`,
    ...(notifications === null ? [] : [`NOTIFICATION_URL=${notificationUrlOf(simulatorUrl)}`]),
    ...(notifications?.secret ? [`NOTIFICATION_SECRET=${notifications.secret}`] : []),
    ...(standIn === null ? [] : [`CORE_BANKING_URL=${coreUrlOf(simulatorUrl)}`]),
    ...(standIn?.token ? [`CORE_BANKING_TOKEN=${standIn.token}`] : []),
    'PORT=3010 KASPI_LISTEN_PORT=3011 npm start',
  ].join(' ');
}

/** Lines for a POSIX shell with curl and sed, and nothing else. No comments: an interactive zsh takes none. */
function commands({ publicUrl, simulatorUrl, notifications, core }: Facts, customerId: string): string[] {
  const token = (who: string) => `$(curl -sS $MPP/dev/token ${JSON_BODY} -d '${who}' | ${field('token')})`;
  return [
    `MPP=${publicUrl}`,
    `TOKEN=${token(`{"customerId":"${customerId}"}`)}`,
    ...(simulatorUrl === null ? [] : [`SHOP=${simulatorUrl}`, ...paying(), ...refunding(customerId)]),
    ...(simulatorUrl === null || notifications === null
      ? []
      : [`curl -sS "$SHOP/notifications?customerId=${customerId}"; echo`]),
    `curl -sS $MPP/v1/accounts ${AS_CUSTOMER}; echo`,
    ...(simulatorUrl === null || core === null || core === 'named'
      ? []
      : [`curl -sS "$SHOP/core/operations?customerId=${customerId}"; echo`]),
    `ADMIN=${token('{"roles":["admin"]}')}`,
    `curl -sS $MPP/ops/v1/ledger/trial-balance -H "authorization: Bearer $ADMIN"; echo`,
  ];
}

const JSON_BODY = `-H 'content-type: application/json'`;
const AS_CUSTOMER = '-H "authorization: Bearer $TOKEN"';

function field(name: string): string {
  return `sed 's/.*"${name}":"\\([^"]*\\)".*/\\1/'`;
}

function paying(): string[] {
  return [
    `QR=$(curl -sS $SHOP/pos/qr ${JSON_BODY} -d '{"type":"Dynamic","amount":"1500.00"}' | ${field('qrCode')})`,
    `PAYMENT=$(curl -sS $MPP/v1/scans ${AS_CUSTOMER} ${JSON_BODY} -d "{\\"qrCode\\":\\"$QR\\"}" | ` +
      `sed 's/.*"payment":{[^{}]*"id":"\\([^"]*\\)".*/\\1/')`,
    `curl -sS $MPP/v1/payments/$PAYMENT/confirm ${AS_CUSTOMER} ${JSON_BODY} -d '{}'; echo`,
    ...['ru-RU', 'kk-KZ'].map(
      (locale) => `curl -sS "$MPP/v1/payments/$PAYMENT/receipt?locale=${locale}" ${AS_CUSTOMER}; echo`,
    ),
  ];
}

/** The shop knows the purchase by an id of Kaspi's own; beside it stands ours. */
function refunding(customerId: string): string[] {
  return [
    `PURCHASE=$(curl -sS "$SHOP/pos/purchases?customerId=${customerId}" | ` +
      `sed "s/.*\\"paymentId\\":\\"\\([^\\"]*\\)\\",\\"mppPaymentId\\":\\"$PAYMENT\\".*/\\1/")`,
    `curl -sS $SHOP/pos/refunds ${JSON_BODY} -d "{\\"paymentId\\":\\"$PURCHASE\\",\\"amount\\":\\"500.00\\"}"; echo`,
    `curl -sS $MPP/v1/refunds ${AS_CUSTOMER}; echo`,
  ];
}

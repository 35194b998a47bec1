import type { Printer } from './printer.js';

/** The started parts and their addresses. */
export interface Facts {
  readonly publicUrl: string;
  readonly kaspiUrl: string;
  readonly simulatorUrl: string | null;
  /** Null if they do not go to the simulator. `secret`: the generated one; null if a variable set it. */
  readonly notifications: { readonly secret: string | null } | null;
  /**
   * The keeper of the customers' accounts: the simulator's core (`token`: the generated one; null if a variable set it), the
   * core of CORE_BANKING_URL ('named'), or the own ledger (null).
   */
  readonly core: { readonly token: string | null } | 'named' | null;
  /** `embeddedIn`: the folder of the embedded database; null with DATABASE_URL. */
  readonly database: { readonly url: string; readonly embeddedIn: string | null };
  readonly dataDir: string | null;
  /** The first customer, with a token; null without the development issuer or with CORE_BANKING_URL. */
  readonly customer: { readonly id: string; readonly token: string } | null;
}

/** The simulator's receiver of notifications. */
export function notificationUrlOf(simulatorUrl: string): string {
  return `${simulatorUrl}/notifications`;
}

/** The simulator's core. */
function coreUrlOf(simulatorUrl: string): string {
  return `${simulatorUrl}/core`;
}

/** Prints the addresses and the commands of a first payment, as far as they apply to this start. */
export function printGuide(printer: Printer, facts: Facts): void {
  printer.line();
  printer.title('Addresses');
  for (const [name, value] of addresses(facts)) printer.fact(name, value);
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

function addresses(facts: Facts): [string, string][] {
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
    const query = customer === null ? '' : `?customerId=${customer.id}`;
    lines.push(['The customer’s phone', `${simulatorUrl}/phone${query}`]);
  }
  if (core === 'named') {
    lines.push([
      'Customers’ accounts',
      'at the core of CORE_BANKING_URL; only the bank opens accounts: no first customer',
    ]);
  } else if (core !== null && simulatorUrl !== null) {
    lines.push(['Customers’ accounts', `at the simulated core, ${coreUrlOf(simulatorUrl)}`]);
    lines.push(['What that core did', `${coreUrlOf(simulatorUrl)}/operations`]);
  }
  if (database.embeddedIn !== null) {
    lines.push(['Database', `psql '${database.url}'`]);
    // A second server needs other ports and shares everything else.
    if (simulatorUrl !== null) lines.push(['A second server', secondServer(facts, simulatorUrl)]);
  }
  if (dataDir !== null) lines.push(['Data', dataDir]);
  if (database.embeddedIn !== null && !database.embeddedIn.startsWith(`${dataDir}/`)) {
    lines.push(['PostgreSQL’s files', `${database.embeddedIn} (its user cannot enter ${dataDir})`]);
  }
  return lines;
}

function secondServer({ database, notifications, core }: Facts, simulatorUrl: string): string {
  const simulatedCore = core === 'named' ? null : core;
  return [
    `DATABASE_URL='${database.url}'`,
    `KASPI_BASE_URL=${simulatorUrl}`,
    ...(notifications === null ? [] : [`NOTIFICATION_URL=${notificationUrlOf(simulatorUrl)}`]),
    ...(notifications?.secret ? [`NOTIFICATION_SECRET=${notifications.secret}`] : []),
    ...(simulatedCore === null ? [] : [`CORE_BANKING_URL=${coreUrlOf(simulatorUrl)}`]),
    ...(simulatedCore?.token ? [`CORE_BANKING_TOKEN=${simulatedCore.token}`] : []),
    'PORT=3010 KASPI_LISTEN_PORT=3011 npm start',
  ].join(' ');
}

/** Commands for a POSIX shell with curl and sed. Without comments, which an interactive zsh does not accept. */
function commands({ publicUrl, simulatorUrl, notifications, core }: Facts, customerId: string): string[] {
  const token = (holder: string) => `$(curl -sS $MPP/dev/token ${JSON_BODY} -d '${holder}' | ${sedField('token')})`;
  return [
    `MPP=${publicUrl}`,
    `TOKEN=${token(`{"customerId":"${customerId}"}`)}`,
    ...(simulatorUrl === null ? [] : [`SHOP=${simulatorUrl}`, ...paymentCommands(), ...refundCommands(customerId)]),
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

function sedField(name: string): string {
  return `sed 's/.*"${name}":"\\([^"]*\\)".*/\\1/'`;
}

function paymentCommands(): string[] {
  return [
    `QR=$(curl -sS $SHOP/pos/qr ${JSON_BODY} -d '{"type":"Dynamic","amount":"1500.00"}' | ${sedField('qrCode')})`,
    `PAYMENT=$(curl -sS $MPP/v1/scans ${AS_CUSTOMER} ${JSON_BODY} -d "{\\"qrCode\\":\\"$QR\\"}" | ` +
      `sed 's/.*"payment":{[^{}]*"id":"\\([^"]*\\)".*/\\1/')`,
    `curl -sS $MPP/v1/payments/$PAYMENT/confirm ${AS_CUSTOMER} ${JSON_BODY} -d '{}'; echo`,
    ...['ru-RU', 'kk-KZ'].map(
      (locale) => `curl -sS "$MPP/v1/payments/$PAYMENT/receipt?locale=${locale}" ${AS_CUSTOMER}; echo`,
    ),
  ];
}

/** The shop identifies the purchase by Kaspi's paymentId, which its list shows with our mppPaymentId. */
function refundCommands(customerId: string): string[] {
  return [
    `PURCHASE=$(curl -sS "$SHOP/pos/purchases?customerId=${customerId}" | ` +
      `sed "s/.*\\"paymentId\\":\\"\\([^\\"]*\\)\\",\\"mppPaymentId\\":\\"$PAYMENT\\".*/\\1/")`,
    `curl -sS $SHOP/pos/refunds ${JSON_BODY} -d "{\\"paymentId\\":\\"$PURCHASE\\",\\"amount\\":\\"500.00\\"}"; echo`,
    `curl -sS $MPP/v1/refunds ${AS_CUSTOMER}; echo`,
  ];
}

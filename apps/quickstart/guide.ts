import type { Printer } from './printer.js';

/** What has been started, and where it is. */
export interface Facts {
  readonly publicUrl: string;
  readonly kaspiUrl: string;
  readonly simulatorUrl: string | null;
  /** `embeddedIn`: the folder of the embedded one's files; null where DATABASE_URL named it. */
  readonly database: { readonly url: string; readonly embeddedIn: string | null };
  readonly dataDir: string | null;
  /** The first customer, with a token; null without the development issuer. */
  readonly customer: { readonly id: string; readonly token: string } | null;
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

function places({ publicUrl, kaspiUrl, simulatorUrl, database, dataDir }: Facts): [string, string][] {
  const lines: [string, string][] = [
    ['Mobile API', `${publicUrl}/v1`],
    ['Swagger UI', `${publicUrl}/docs`],
    ['Kaspi-facing listener', `${kaspiUrl} (health only; refunds come with a later version)`],
  ];
  if (simulatorUrl !== null) lines.push(['Kaspi Pay simulator', simulatorUrl]);
  if (database.embeddedIn !== null) {
    lines.push(['Database', `psql '${database.url}'`]);
    // A second server needs ports of its own; everything else it shares.
    if (simulatorUrl !== null) {
      const ports = 'PORT=3010 KASPI_LISTEN_PORT=3011';
      lines.push([
        'A second server',
        `DATABASE_URL='${database.url}' KASPI_BASE_URL=${simulatorUrl} ${ports} npm start`,
      ]);
    }
  }
  if (dataDir !== null) lines.push(['Data', dataDir]);
  if (database.embeddedIn !== null && !database.embeddedIn.startsWith(`${dataDir}/`)) {
    lines.push(['PostgreSQL’s files', `${database.embeddedIn} (its user cannot enter ${dataDir})`]);
  }
  return lines;
}

/** Lines for a POSIX shell with curl and sed, and nothing else. No comments: an interactive zsh takes none. */
function commands({ publicUrl, simulatorUrl }: Facts, customerId: string): string[] {
  const field = (name: string) => `sed 's/.*"${name}":"\\([^"]*\\)".*/\\1/'`;
  const json = `-H 'content-type: application/json'`;
  const token = (who: string) => `$(curl -sS $MPP/dev/token ${json} -d '${who}' | ${field('token')})`;
  const asCustomer = '-H "authorization: Bearer $TOKEN"';
  const paying =
    simulatorUrl === null
      ? []
      : [
          `SHOP=${simulatorUrl}`,
          `QR=$(curl -sS $SHOP/pos/qr ${json} -d '{"type":"Dynamic","amount":"1500.00"}' | ${field('qrCode')})`,
          `PAYMENT=$(curl -sS $MPP/v1/scans ${asCustomer} ${json} -d "{\\"qrCode\\":\\"$QR\\"}" | ` +
            `sed 's/.*"payment":{[^{}]*"id":"\\([^"]*\\)".*/\\1/')`,
          `curl -sS $MPP/v1/payments/$PAYMENT/confirm ${asCustomer} ${json} -d '{}'; echo`,
          ...['ru-RU', 'kk-KZ'].map(
            (locale) => `curl -sS "$MPP/v1/payments/$PAYMENT/receipt?locale=${locale}" ${asCustomer}; echo`,
          ),
        ];
  return [
    `MPP=${publicUrl}`,
    `TOKEN=${token(`{"customerId":"${customerId}"}`)}`,
    ...paying,
    `curl -sS $MPP/v1/accounts ${asCustomer}; echo`,
    `ADMIN=${token('{"roles":["admin"]}')}`,
    `curl -sS $MPP/ops/v1/ledger/trial-balance -H "authorization: Bearer $ADMIN"; echo`,
  ];
}

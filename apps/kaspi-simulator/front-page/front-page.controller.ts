import { CHECKOUT_PATH, NOTIFY_PATH, SCAN_PATH } from '@mpp/kaspi/wire';
import { Controller, Get, Header } from '@nestjs/common';
import { DEMO_QR_CODE } from '../domain/demo-qr.js';
import { DIFFERENCE_KINDS } from '../domain/planted-differences.js';

const FRONT_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Kaspi Pay simulator</title>
<style>body { font: 16px/1.5 sans-serif; max-width: 46em; margin: 3em auto; padding: 0 1em } dt { font-family: monospace }</style>
<h1>Kaspi Pay simulator</h1>
<p>A stand-in for Kaspi Pay, for the first run, tests and demos. No money moves here, and it is not made by Kaspi.</p>
<h2>Kaspi Pay, as the technical regulation describes it</h2>
<dl>
<dt>POST ${SCAN_PATH}</dt><dd>returns the purchase or refund of a QR code (4.1)</dd>
<dt>POST ${CHECKOUT_PATH}</dt><dd>returns the price of a filled-in service form (4.2)</dd>
<dt>POST ${NOTIFY_PATH}</dt><dd>receives the result of a payment (4.3)</dd>
</dl>
<h2>A shop</h2>
<dl>
<dt>POST /pos/qr</dt><dd>makes a QR code, each with an optional <code>"merchant": { "id"?, "name"?, "mcc"? }</code>:
<ul>
<li><code>{ "type": "Dynamic", "amount": "1500.00", "lifetimeSeconds"? }</code> one purchase</li>
<li><code>{ "type": "Static", "lifetimeSeconds"? }</code> the customer enters the amount</li>
<li><code>{ "type": "Custom", "service"?: { "serviceId", "serviceName", "parameters": [{ "id", "name", "value"?, "options"?: [{ "key",
"label", "description"? }] }] }, "amount"?: "100.00", "lifetimeSeconds"? }</code> the customer fills in a form; default: that
of a car park</li>
<li><code>{ "type": "Refund" }</code> the customer scans it to get a refund</li>
</ul></dd>
<dt>GET /pos/qr/{name}.svg</dt><dd>the image of a QR code: the <code>svg</code> of the answer</dd>
<dt>GET /pos/purchases?customerId=</dt><dd>purchases, newest first</dd>
<dt>POST /pos/refunds</dt><dd><code>{ "paymentId": "…", "amount": "100.00", "times"? }</code> refunds an amount,
<code>times</code> times (1 to 50): Kaspi Pay calls the participant's <code>/refund</code> (4.4) until it answers;
<code>paymentId</code> is that of the purchase above</dd>
<dt>GET /pos/refunds?paymentId=&amp;customerId=</dt><dd>refunds, newest first</dd>
<dt>GET /health</dt><dd>whether the simulator runs</dd>
</dl>
<h2>The participant's customers</h2>
<dl>
<dt>POST /notifications</dt><dd>receives the participant's notifications, signed as Standard Webhooks are; if
<code>NOTIFICATION_SECRET</code> is set, the signature is checked</dd>
<dt>GET /notifications?customerId=&amp;type=</dt><dd>the latest notifications, newest first</dd>
<dt>GET /phone?customerId=</dt><dd>a <a href="/phone">phone</a> that shows a customer's notifications</dd>
</dl>
<h2>Registries</h2>
<p>The Excel files that Kaspi Pay sends to a participant (5), with confirmed purchases and accepted refunds: <a
href="/registry/daily.xlsx">today</a>, <a href="/registry/monthly.xlsx">this month</a>.</p>
<dl>
<dt>GET /registry/daily.xlsx?date=2026-03-10&amp;to=</dt><dd>of a day, or with <code>to</code> of several days (5.1)</dd>
<dt>GET /registry/monthly.xlsx?month=2026-03</dt><dd>of a month (5.2)</dd>
<dt>?cells=numeric</dt><dd>numbers and dates instead of texts like 16 900,00</dd>
<dt>?plant=amount,status:2</dt><dd>plants differences, each at one operation: the first unused one, or the one with that number:
${DIFFERENCE_KINDS.map((kind) => `<code>${kind}</code>`).join(', ')}; the header <code>x-planted</code> names the rows</dd>
<dt>POST /registry/mail</dt><dd><code>{ "kind": "daily", "date"?, "until"?, "to": "registry@bank.kz", "smtp": "smtp://127.0.0.1:2525",
"plant"?, "cells"?, "from"? }</code> mails a registry; <code>"kind": "monthly"</code> has <code>"month"?</code></dd>
<dt>GET, PUT /registry/rates</dt><dd><code>{ "default"?: "0.50", "byMcc"?: { "7032": "0.10" }, "service"?: "0.20" }</code>, in percent</dd>
</dl>
<h2>A bank’s core</h2>
<p>For a server whose <code>CORE_BANKING_URL</code> is <code>/core</code> of this address. Below it are the calls of the wire format
(<code>docs/core-banking.md</code>), which require <code>CORE_BANKING_TOKEN</code> if it is set, and these:</p>
<dl>
<dt>POST /core/accounts</dt><dd>opens an account: <code>{ "customerId", "name", "currency"?: "KZT", "balance"?: "0.00",
"status"?: "OPEN", "preferred"? }</code></dd>
<dt>PATCH /core/accounts/{id}</dt><dd>changes an account: <code>"status"</code> (<code>OPEN</code>, <code>BLOCKED</code>, <code>CLOSED</code>),
<code>"preferred"</code> or <code>"balance"</code></dd>
<dt>GET /core/accounts?customerId=</dt><dd>all accounts, or those of a customer</dd>
<dt>GET /core/operations?customerId=&amp;reference=</dt><dd>the operations with their requests and outcomes, newest first</dd>
</dl>
<h2>Faults</h2>
<dl>
<dt>PUT /faults</dt><dd>makes <code>scan</code>, <code>checkout</code> or <code>notifyPayment</code> fail: <code>{ "notifyPayment": [{ "do":
"refuse", "resultCode": "RISK_REJECT", "count": 2 }, { "do": "lose", "probability": 0.3 }] }</code>. Other faults:
<code>reset</code>, <code>hang</code>, <code>status</code> with <code>"httpStatus"</code>, <code>garbage</code>, <code>slow</code> with
<code>"ms"</code>; with a <code>count</code>, a <code>probability</code>, or always. <code>lose</code> executes the request and loses
the answer, <code>slow</code> executes it and answers late. <code>coreDebit</code>, <code>coreCredit</code> and
<code>coreReversal</code> have the same faults; their <code>refuse</code> takes a <code>"reason"</code>. <code>coreAccounts</code>,
<code>coreOutcome</code> and <code>notification</code> have all faults except <code>refuse</code>; <code>garbage</code> for a
<code>notification</code> is HTTP 200, and nothing is stored</dd>
<dt>GET /faults</dt><dd>the remaining faults</dd>
<dt>DELETE /faults</dt><dd>removes all faults</dd>
</dl>
<h2>Demo QR code</h2>
<p>100.00 tenge at the Coffee Bar; every scan starts a new purchase: <code>${DEMO_QR_CODE}</code></p>
<p><img src="/pos/qr/${DEMO_QR_CODE}.svg" alt="The demo QR code" width="240" height="240"></p>
</html>
`;

@Controller()
export class FrontPageController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  frontPage(): string {
    return FRONT_PAGE;
  }

  @Get('health')
  health() {
    return { status: 'ok' };
  }
}

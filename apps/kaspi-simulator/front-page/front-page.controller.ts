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
<dt>POST ${SCAN_PATH}</dt><dd>what is behind a QR code (4.1)</dd>
<dt>POST ${CHECKOUT_PATH}</dt><dd>what the service of a Custom QR costs (4.2)</dd>
<dt>POST ${NOTIFY_PATH}</dt><dd>the result of a payment (4.3)</dd>
</dl>
<h2>A shop</h2>
<dl>
<dt>POST /pos/qr</dt><dd>makes a QR code; with each a <code>"merchant"?: { "id"?, "name"?, "mcc"? }</code>:
<ul>
<li><code>{ "type": "Dynamic", "amount": "1500.00", "lifetimeSeconds"? }</code> one purchase</li>
<li><code>{ "type": "Static", "lifetimeSeconds"? }</code> the customer says how much</li>
<li><code>{ "type": "Custom", "service"?: { "serviceId", "serviceName", "parameters": [{ "id", "name", "value"?, "options"?: [{ "key",
"label", "description"? }] }] }, "amount"?: "100.00", "lifetimeSeconds"? }</code> the customer fills in a form; without a
service it is a car park's</li>
<li><code>{ "type": "Refund" }</code> a customer shows who wants money back</li>
</ul></dd>
<dt>GET /pos/qr/{name}.svg</dt><dd>draws it: the <code>svg</code> of the answer</dd>
<dt>GET /pos/purchases?customerId=</dt><dd>what was bought, newest first</dd>
<dt>POST /pos/refunds</dt><dd><code>{ "paymentId": "…", "amount": "100.00", "times"? }</code> gives money back, with <code>times</code> so
often (1 to 50): Kaspi Pay calls the participant's <code>/refund</code> (4.4) until it has answered; <code>paymentId</code> is that
of the purchase above</dd>
<dt>GET /pos/refunds?paymentId=&amp;customerId=</dt><dd>what was given back, newest first</dd>
<dt>GET /health</dt><dd>whether the simulator runs</dd>
</dl>
<h2>The participant's customers</h2>
<dl>
<dt>POST /notifications</dt><dd>takes the participant's notifications, signed as Standard Webhooks are; where
<code>NOTIFICATION_SECRET</code> is set, the signature is checked</dd>
<dt>GET /notifications?customerId=&amp;type=</dt><dd>the latest of them, newest first</dd>
<dt>GET /phone?customerId=</dt><dd>a <a href="/phone">phone</a> that shows them</dd>
</dl>
<h2>Registries</h2>
<p>What Kaspi Pay sends to a participant in Excel (5), from what it confirmed and gave back: <a href="/registry/daily.xlsx">today’s</a>
and <a href="/registry/monthly.xlsx">this month’s</a>.</p>
<dl>
<dt>GET /registry/daily.xlsx?date=2026-03-10&amp;to=</dt><dd>a day’s, or with <code>to</code> that of several days (5.1)</dd>
<dt>GET /registry/monthly.xlsx?month=2026-03</dt><dd>a month’s (5.2)</dd>
<dt>?cells=numeric</dt><dd>numbers and dates to calculate with, instead of texts like 16 900,00</dd>
<dt>?plant=amount,status:2</dt><dd>makes differences, each at one operation, in order or counted out:
${DIFFERENCE_KINDS.map((kind) => `<code>${kind}</code>`).join(', ')}; the header <code>x-planted</code> says where</dd>
<dt>POST /registry/mail</dt><dd><code>{ "kind": "daily", "date"?, "until"?, "to": "registry@bank.kz", "smtp": "smtp://127.0.0.1:2525",
"plant"?, "cells"?, "from"? }</code> mails one; <code>"kind": "monthly"</code> has a <code>"month"?</code></dd>
<dt>GET, PUT /registry/rates</dt><dd><code>{ "default"?: "0.50", "byMcc"?: { "7032": "0.10" }, "service"?: "0.20" }</code>, in percent</dd>
</dl>
<h2>A bank’s core</h2>
<p>For a server whose <code>CORE_BANKING_URL</code> is <code>/core</code> of this address: below it are the calls of its wire format
(<code>docs/core-banking.md</code>), where <code>CORE_BANKING_TOKEN</code> is set with that token only.</p>
<dl>
<dt>POST /core/accounts</dt><dd>the clerk opens an account: <code>{ "customerId", "name", "currency"?: "KZT", "balance"?: "0.00",
"status"?: "OPEN", "preferred"? }</code></dd>
<dt>PATCH /core/accounts/{id}</dt><dd>changes it: <code>"status"</code> (<code>OPEN</code>, <code>BLOCKED</code>, <code>CLOSED</code>),
<code>"preferred"</code>, or what is on it now, <code>"balance"</code></dd>
<dt>GET /core/accounts?customerId=</dt><dd>all accounts, or a customer’s</dd>
<dt>GET /core/operations?customerId=&amp;reference=</dt><dd>what the core was asked, how often, and what became of it, newest first</dd>
</dl>
<h2>Faults</h2>
<dl>
<dt>PUT /faults</dt><dd>lets <code>scan</code>, <code>checkout</code> or <code>notifyPayment</code> fail: <code>{ "notifyPayment": [{ "do":
"refuse", "resultCode": "RISK_REJECT", "count": 2 }, { "do": "lose", "probability": 0.3 }] }</code>. Others:
<code>reset</code>, <code>hang</code>, <code>status</code> with <code>"httpStatus"</code>, <code>garbage</code>, <code>slow</code> with
<code>"ms"</code>; with a <code>count</code>, a <code>probability</code>, or always. <code>lose</code> carries the request out and loses
the answer, <code>slow</code> carries it out and answers late. The core’s <code>coreDebit</code>, <code>coreCredit</code> and
<code>coreReversal</code> fail so too, and <code>refuse</code> with a <code>"reason"</code> of its own; its questions,
<code>coreAccounts</code> and <code>coreOutcome</code>, in all ways but that one.
<code>notification</code> lets the receiver of notifications fail, in all these ways but <code>refuse</code>; its
<code>garbage</code> is an HTTP 200 after which nothing was kept</dd>
<dt>GET /faults</dt><dd>what is left of them</dd>
<dt>DELETE /faults</dt><dd>ends them</dd>
</dl>
<h2>A QR code to try</h2>
<p>100.00 tenge at the Coffee Bar; every scan starts a purchase of its own: <code>${DEMO_QR_CODE}</code></p>
<p><img src="/pos/qr/${DEMO_QR_CODE}.svg" alt="The QR code above, drawn" width="240" height="240"></p>
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

import { NOTIFY_PATH, SCAN_PATH } from '@mpp/kaspi/wire';
import { Controller, Get, Header } from '@nestjs/common';
import { DEMO_QR_CODE } from '../domain/demo-qr.js';

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
<dt>POST ${NOTIFY_PATH}</dt><dd>the result of a payment (4.3)</dd>
</dl>
<h2>A shop</h2>
<dl>
<dt>POST /pos/qr</dt><dd>makes a QR code: <code>{ "type": "Dynamic", "amount": "1500.00", "merchant"?: { "id"?, "name"?, "mcc"? }, "lifetimeSeconds"? }</code></dd>
<dt>GET /pos/qr/{qrCode}.svg</dt><dd>draws it</dd>
<dt>GET /pos/purchases?customerId=</dt><dd>what was bought, newest first</dd>
<dt>GET /health</dt><dd>whether the simulator runs</dd>
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

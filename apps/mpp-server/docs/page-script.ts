import { EXAMPLE_ACCOUNT_ID } from '@mpp/ledger';
import { EXAMPLE_PAYMENT_ID } from '@mpp/qr-payments';

/**
 * The script of the Swagger UI page that makes every example executable: it replaces the ids of the examples by those of the
 * latest payment and of the first account, and fetches a token from the development issuer if the user has entered none.
 */
export function pageScript(development: { customerId: string } | null): string {
  return `
  window.mppDocs = (() => {
    const development = ${JSON.stringify(development)};
    const tokens = {};
    let paymentId = null;

    async function tokenFor(path) {
      const holder = path.startsWith('/ops/') ? { roles: ['admin'] } : { customerId: development.customerId };
      const key = JSON.stringify(holder);
      tokens[key] ??= call('POST', '/dev/token', holder).then((answer) => answer.token);
      return tokens[key];
    }

    async function call(method, path, body) {
      const headers = { 'content-type': 'application/json' };
      if (!path.startsWith('/dev/')) headers.authorization = 'Bearer ' + (await tokenFor(path));
      const answer = await fetch(path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
      return answer.json();
    }

    async function anyPayment() {
      if (paymentId === null && development !== null) {
        const { items } = await call('GET', '/v1/payments?limit=1');
        paymentId = items[0]?.id ?? null;
      }
      return paymentId ?? '${EXAMPLE_PAYMENT_ID}';
    }

    async function anyAccount() {
      if (development === null) return '${EXAMPLE_ACCOUNT_ID}';
      const { items } = await call('GET', '/v1/accounts');
      return items[0]?.id ?? '${EXAMPLE_ACCOUNT_ID}';
    }

    return {
      async beforeSend(request) {
        if (request.url.includes('${EXAMPLE_PAYMENT_ID}')) request.url = request.url.replace('${EXAMPLE_PAYMENT_ID}', await anyPayment());
        if (request.url.includes('${EXAMPLE_ACCOUNT_ID}')) request.url = request.url.replace('${EXAMPLE_ACCOUNT_ID}', await anyAccount());
        const path = new URL(request.url, location.href).pathname;
        const needsToken = /^\\/(v1|ops)\\//.test(path) && !request.headers.Authorization;
        if (needsToken && development !== null) request.headers.Authorization = 'Bearer ' + (await tokenFor(path));
        return request;
      },
      afterAnswer(answer) {
        const body = answer.body ?? {};
        if (body.payment?.id) paymentId = body.payment.id;
        else if (body.qrCodeType && body.id) paymentId = body.id;
        return answer;
      },
    };
  })();`;
}

import { countUsableKeys } from '@mpp/access';
import type { Settings } from '@mpp/config';
import { harmlessInquiry } from '@mpp/core-banking';
import { Unfit } from '@mpp/platform';
import { answered, ask, type Question } from './peer.js';
import { check, type Finding, skip } from './report.js';

/** The programs that the server calls over HTTP. None of these requests has an effect. */
export function checkPeers(settings: Settings): Promise<Finding>[] {
  return [checkKaspi(settings), checkCore(settings), checkGateway(settings), checkIssuer(settings)];
}

/** Any answer will do: Kaspi Pay has no call without an effect. */
function checkKaspi({ KASPI_BASE_URL: url }: Settings): Promise<Finding> {
  return check('Kaspi', async () => {
    const question = { url, setting: 'KASPI_BASE_URL' };
    return answered(question, await ask(question));
  });
}

function checkCore(settings: Settings): Promise<Finding> {
  return check('core', async () => {
    if (settings.CORE_BANKING_URL === undefined)
      return skip('CORE_BANKING_URL is not set: the own ledger keeps the accounts');
    const { isNeverSeen, ...request } = harmlessInquiry(settings);
    const trust = 'set CORE_BANKING_TLS_CA to the file of its authority';
    const question: Question = { ...request, setting: 'CORE_BANKING_URL', trust };
    const answer = await ask(question);
    const { status, text } = answer;
    if (isNeverSeen(status, text)) return answered(question, answer);
    if (status === 401 || status === 403) {
      throw new Unfit(
        `it refuses our credentials (HTTP ${status})`,
        'correct CORE_BANKING_TOKEN or CORE_BANKING_TLS_CERT',
      );
    }
    throw new Unfit(
      `it answers HTTP ${status} to the inquiry about an unknown operation, not 404 with NEVER_SEEN`,
      'correct CORE_BANKING_URL, the part before /v1/, or the core: docs/core-banking.md',
    );
  });
}

/** Without the path, which may hold a secret and would take a notification. */
function checkGateway({ NOTIFICATION_URL }: Settings): Promise<Finding> {
  return check('gateway', async () => {
    if (NOTIFICATION_URL === undefined) return skip('NOTIFICATION_URL is not set: no notifications are kept');
    const question = { url: new URL(NOTIFICATION_URL).origin, setting: 'NOTIFICATION_URL' };
    return answered(question, await ask(question));
  });
}

function checkIssuer({ AUTH_JWKS_URI: url }: Settings): Promise<Finding> {
  return check('token issuer', async () => {
    if (url === undefined) return skip('AUTH_JWKS_URI is not set: the development issuer is active');
    const question = { url, setting: 'AUTH_JWKS_URI' };
    const answer = await ask(question);
    const usable = answer.status === 200 ? await countUsableKeys(answer.text) : 0;
    if (usable > 0) return answered(question, answer);
    throw new Unfit(
      `${new URL(url).origin} answers (HTTP ${answer.status}) without a key that can check tokens`,
      'correct AUTH_JWKS_URI; a key needs a kid and RS256, ES256 or EdDSA',
    );
  });
}

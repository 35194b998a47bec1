import { importJWK, type JWK } from 'jose';

/** The algorithms of accepted tokens, and the keys that can check them. */
const KEYS: Readonly<Record<string, (key: JWK) => boolean>> = {
  RS256: ({ kty }) => kty === 'RSA',
  ES256: ({ kty, crv }) => kty === 'EC' && crv === 'P-256',
  EdDSA: ({ kty, crv }) => kty === 'OKP' && crv === 'Ed25519',
};

export const ALGORITHMS = Object.keys(KEYS);

/** How many keys of a key set, in JSON, can check tokens; 0 also for a text that is no key set. */
export async function countUsableKeys(keySet: string): Promise<number> {
  const usable = await Promise.all(keysOf(keySet).map(isUsable));
  return usable.filter(Boolean).length;
}

function keysOf(keySet: string): JWK[] {
  try {
    const { keys } = JSON.parse(keySet) as { keys?: unknown };
    return Array.isArray(keys) ? keys : [];
  } catch {
    return [];
  }
}

async function isUsable(key: JWK): Promise<boolean> {
  const [algorithm] = Object.entries(KEYS).find(([, fits]) => fits(key)) ?? [];
  const { kid, use = 'sig', alg = algorithm } = key;
  if (algorithm === undefined || kid === undefined || use !== 'sig' || alg !== algorithm) return false;
  return importJWK(key, algorithm).then(
    () => true,
    () => false,
  );
}

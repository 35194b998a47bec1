import { styleText } from 'node:util';
import { SettingsError } from '@mpp/config';
import { DatabaseUnusable, Unfit } from '@mpp/platform';

/** `note`: the server works with it, but somebody should know. */
type Verdict = 'ok' | 'note' | 'skip' | 'FAIL';

/** One line of the report. */
export interface Finding {
  readonly verdict: Verdict;
  readonly thing: string;
  readonly text: string;
}

/** What a check found where nothing is wrong: a text is `ok`. */
export type Found = string | { readonly verdict: 'note' | 'skip'; readonly text: string };

const COLOURS = { ok: 'green', note: 'yellow', skip: 'gray', FAIL: 'red' } as const;
const SETTINGS_MEND = 'Correct it, or what it names: docs/settings.md';
/** No check takes longer, and all run at once. */
const CHECKS_WITHIN_MS = 12_000;

export const note = (text: string): Found => ({ verdict: 'note', text });
export const skip = (text: string): Found => ({ verdict: 'skip', text });

/** Runs one check. Whatever it throws is the finding. */
export async function check(thing: string, work: () => Found | Promise<Found>): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Unfit(`no result in ${CHECKS_WITHIN_MS / 1000} s`, 'see what keeps it from answering');
    timer = setTimeout(() => reject(error), CHECKS_WITHIN_MS);
  });
  try {
    const found = await Promise.race([work(), late]);
    return typeof found === 'string' ? { verdict: 'ok', thing, text: found } : { thing, ...found };
  } catch (error) {
    return fault(thing, error);
  } finally {
    clearTimeout(timer);
  }
}

/** The finding for an error: what is wrong, and the mend where one is known. */
export function fault(thing: string, error: unknown): Finding {
  return { verdict: 'FAIL', thing, text: textOf(error) };
}

function textOf(error: unknown): string {
  if (error instanceof Unfit) return `${error.reason}. ${error.mend.charAt(0).toUpperCase()}${error.mend.slice(1)}`;
  if (error instanceof SettingsError) return `${error.message.replaceAll('\n', '; ')}. ${SETTINGS_MEND}`;
  if (error instanceof DatabaseUnusable) return `${error.reason}. Correct the setting, or what it names`;
  return (error as Error).message;
}

/** Green and red only on a terminal, and not with NO_COLOR. */
export function lineOf({ verdict, thing, text }: Finding): string {
  return `${styleText(COLOURS[verdict], verdict.padEnd(4), { stream: process.stdout })}  ${thing}: ${text}`;
}

export function summaryOf(findings: readonly Finding[]): string {
  const failed = findings.filter(({ verdict }) => verdict === 'FAIL').length;
  const skipped = findings.filter(({ verdict }) => verdict === 'skip').length;
  const checks = `${findings.length - skipped} checks${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return failed === 0 ? `${checks}: all is well` : `${checks}: ${failed} failed`;
}

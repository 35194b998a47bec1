export interface SourceRule {
  readonly name: string;
  readonly comment: string;
}

export type SourceExceptions = Readonly<Record<string, readonly string[]>>;

export const RULES: readonly SourceRule[];
export const EXCEPTIONS: SourceExceptions;
export function findViolations(root: string, exceptions?: SourceExceptions): { rule: string; path: string }[];

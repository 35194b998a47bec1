export interface SourceRule {
  readonly name: string;
  readonly comment: string;
}

export const RULES: readonly SourceRule[];
export function findViolations(root: string): { rule: string; path: string }[];

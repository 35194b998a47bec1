import { checkTogether } from './cross-checks.js';
import { type SettingValues, variables } from './variables.js';

const schema = variables.superRefine((settings, context) => {
  for (const [name, message] of checkTogether(settings)) context.addIssue({ code: 'custom', path: [name], message });
});

/** Settings that had another name before, which is still read. */
const OLD_NAMES: Readonly<Record<string, string>> = { BACKGROUND_WORK: 'OUTBOX_WORKER' };

export interface Settings extends SettingValues {}

/** The settings of one process, checked. Injected by its class; read once, at the start. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface above types exactly what Object.assign copies.
export class Settings {
  private constructor(values: SettingValues) {
    Object.assign(this, values);
  }

  /**
   * Reads the environment. An empty variable counts as absent. Throws {@link SettingsError}, which names every variable
   * at fault, before anything has been started.
   */
  static read(env: Readonly<Record<string, string | undefined>>): Settings {
    const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
    const renamed = new Map(Object.entries(OLD_NAMES).filter(([, old]) => given[old] !== undefined));
    const conflicts = [...renamed].filter(([name, old]) => given[name] !== undefined && given[name] !== given[old]);
    if (conflicts.length > 0) {
      throw new SettingsError(
        conflicts.map(([name, old]) => ({ name, message: `differs from its old name ${old}: remove ${old}` })),
      );
    }
    const values = { ...given, ...Object.fromEntries([...renamed].map(([name, old]) => [name, given[old]])) };
    const result = schema.safeParse(values);
    if (result.success) return new Settings(result.data);
    throw new SettingsError(
      result.error.issues.map((issue) => {
        const name = String(issue.path[0]);
        return {
          name: given[name] === undefined ? (renamed.get(name) ?? name) : name,
          message: values[name] === undefined && issue.code === 'invalid_type' ? 'is required' : issue.message,
        };
      }),
    );
  }
}

/** Names in the environment that begin as settings do and are none: misspelt, or of another version. */
export function unknownSettings(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set([...Object.keys(variables.shape), ...Object.values(OLD_NAMES)]);
  const familyOf = (name: string) => name.split('_')[0] ?? '';
  const families = new Set([...known].filter((name) => name.includes('_')).map(familyOf));
  // `NODE_OPTIONS` and the like are of Node.
  families.delete('NODE');
  return Object.keys(env).filter((name) => name.includes('_') && families.has(familyOf(name)) && !known.has(name));
}

export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly { readonly name: string; readonly message: string }[]) {
    super(problems.map(({ name, message }) => `${name}: ${message}`).join('\n'));
  }
}

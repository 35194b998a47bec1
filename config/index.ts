export type { ImapAddress } from './inbox.js';
export { Settings, SettingsError } from './settings.js';

export type { ImapAddress } from './registry-inbox.js';
export { Settings, SettingsError } from './settings.js';

export { Settings, SettingsError } from './settings.js';

export { MissingRegistries } from './missing-registries.service.js';
export { RegistriesHttpModule, RegistriesModule } from './registries.module.js';
export { RegistryCalendar } from './registry-calendar.service.js';
export { Tariffs } from './tariffs.service.js';
export { WorkingCalendar } from './working-calendar.service.js';

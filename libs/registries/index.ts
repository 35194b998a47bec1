export { RegistriesHttpModule, RegistriesModule } from './registries.module.js';

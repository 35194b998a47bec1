import { Registries } from '../registries/index.js';

export const above = Registries;

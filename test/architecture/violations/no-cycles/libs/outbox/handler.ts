import type { Lane } from './lane.js';

export interface Handler {
  readonly lane: Lane;
}

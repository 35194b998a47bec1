import { KaspiPeer } from '../../test/support/kaspi-peer.js';
import { example } from './wire.spec.js';

export const faked = [KaspiPeer, example];

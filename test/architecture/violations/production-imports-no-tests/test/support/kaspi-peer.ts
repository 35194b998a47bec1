export class KaspiPeer {}

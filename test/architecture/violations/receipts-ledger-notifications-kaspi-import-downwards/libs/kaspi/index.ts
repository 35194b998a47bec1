export class KaspiClient {}

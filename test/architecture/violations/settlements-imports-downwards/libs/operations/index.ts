export class Operations {}

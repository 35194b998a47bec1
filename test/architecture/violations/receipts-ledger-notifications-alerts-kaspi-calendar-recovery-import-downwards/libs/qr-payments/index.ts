export class Payments {}

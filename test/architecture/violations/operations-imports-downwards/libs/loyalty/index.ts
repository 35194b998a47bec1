export class Loyalty {}

export class Checkout {}

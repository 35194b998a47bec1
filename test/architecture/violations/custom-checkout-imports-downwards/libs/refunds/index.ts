export class Refunds {}

/** An answer that says SUCCESS and then lacks what it must hold. */
export class UnreadableAnswer extends Error {}

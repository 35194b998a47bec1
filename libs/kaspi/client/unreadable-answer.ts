/** An answer with SUCCESS that lacks mandatory content. */
export class UnreadableAnswer extends Error {}

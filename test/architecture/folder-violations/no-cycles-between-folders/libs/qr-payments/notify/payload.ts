export const notify = () => undefined;

export const request = () => undefined;

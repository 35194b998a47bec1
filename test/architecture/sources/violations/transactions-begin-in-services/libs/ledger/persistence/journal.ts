export const post = (database) => database.transaction((tx) => tx);

/** Why a listener cannot be opened; null for an error that no setting explains. */
export function listenProblem({ code }: NodeJS.ErrnoException, port: number, host: string): string | null {
  if (code === 'EADDRINUSE') return `port ${port} on ${host} is taken by another program`;
  if (code === 'EACCES') return `port ${port} on ${host} needs more rights than this user has`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${host} is not an address of this machine`;
  return null;
}

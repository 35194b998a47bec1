/** The status of the answer. Its body is read: the connection of an answer that nobody reads stays open. */
export async function statusOf(url: string | URL): Promise<number> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
}

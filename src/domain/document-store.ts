/** What files came to when they were parsed, kept so that a restart parses only what changed. Losing it costs time alone. */
export interface DocumentStore {
  /** The kept text of each key; a key that is not kept is absent. */
  parsed(keys: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Keeps each entry in place of an older one of its key, then drops every key that is not alive. */
  keepParsed(entries: ReadonlyMap<string, string>, alive: ReadonlySet<string>): Promise<void>
}

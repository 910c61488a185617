/** What a part of the service remembers over a restart, in a text of its own; losing it loses no effect. */
export interface MemoryStore {
  /** `undefined`: nothing is remembered under this name. */
  remembered(name: string): Promise<string | undefined>
  /** Replaces what is remembered; `undefined` forgets it. */
  remember(name: string, text: string | undefined): Promise<void>
}

/** Asks once, and again after trouble. */
export function memoized<T>(ask: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined
  return async () => {
    const asked = (known ??= ask())
    try {
      return await asked
    } catch (error) {
      if (known === asked) known = undefined
      throw error
    }
  }
}

import { distance } from 'fastest-levenshtein'

/** Longer texts are no slip of the fingers, and comparing them costs. */
const LONGEST = 64

/** The known word that was probably meant, without regard to case; `undefined` when none is near. */
export function nearest(written: string, known: Iterable<string>): string | undefined {
  if (written.length > LONGEST) return undefined
  const folded = written.toLowerCase()
  let best: { word: string; steps: number } | undefined
  for (const word of known) {
    const allowed = slips(written, word)
    if (Math.abs(word.length - written.length) > allowed) continue
    const steps = distance(folded, word.toLowerCase())
    if (steps <= allowed && (best === undefined || steps < best.steps)) best = { word, steps }
  }
  return best?.word
}

/** `did you mean "serverName"?`, or nothing. */
export function didYouMean(written: string, known: Iterable<string>): { readonly hint?: string } {
  const word = nearest(written, known)
  return word === undefined ? {} : { hint: `did you mean "${word}"?` }
}

/** Two letters in five may differ: enough for `serverUrl`, too little to propose another idea. */
function slips(a: string, b: string): number {
  return Math.max(1, Math.floor(Math.max(a.length, b.length) * 0.4))
}

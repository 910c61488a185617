import type { Tell } from './tell.ts'
import { invalid } from './tell.ts'
import type { Spot, Tree } from './tree.ts'

// Control characters, and those that make text read otherwise than it is: directions, invisible ones, lone surrogates.
const HIDDEN = /[\p{Cc}\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\p{Cs}]/u
// A description may have several lines, and the joiners of emoji and of scripts that need them.
const HIDDEN_IN_PROSE = /[[\p{Cc}--[\n\t]]\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\p{Cs}]/v

/** Tells every text and key of a document that holds a character nobody sees. */
export function checkCharacters(root: Tree, tell: Tell): void {
  visit(root, '')

  function visit(tree: Tree, key: string): void {
    if (tree.kind === 'scalar') {
      if (typeof tree.value === 'string') checkText(tree.value, tree, key === 'description', tell)
      return
    }
    if (tree.kind === 'list') {
      for (const item of tree.items) visit(item, key)
      return
    }
    for (const [name, entry] of tree.entries) {
      checkText(name, entry.key, false, tell)
      visit(entry.value, name)
    }
  }
}

/** Tells a hidden character in one text; true when there is none. */
export function checkText(text: string, spot: Spot, prose: boolean, tell: Tell): boolean {
  const found = (prose ? HIDDEN_IN_PROSE : HIDDEN).exec(text)
  if (found === null) return true
  const point = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  tell(
    invalid('bad-value', spot, `the text holds U+${point}, a character nobody sees`, {
      hint: 'take it out, or type the text anew',
    }),
  )
  return false
}

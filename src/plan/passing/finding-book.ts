import type { Finding } from '../../domain/finding.ts'

/** The findings of one device by kind, in their order: what is needed to count them, and not what each says. */
export interface FindingBook {
  /** Kinds by number: code, severity and configuration, as one text. */
  readonly kinds: readonly string[]
  /** Lists of kinds by number; number 0 is the empty list. */
  readonly lists: readonly (readonly number[])[]
  /** The number of the list of these findings' kinds. */
  listOf(findings: readonly Finding[]): number
  /** The number of a list that another book holds, given as kinds. */
  listOfKinds(kinds: readonly string[]): number
}

/** What findings are gathered by: equal exactly when reports tell two of them as one. */
export function findingKind({ code, severity, configuration }: Finding): string {
  return configuration === undefined ? `${severity} ${code}` : `${severity} ${code} ${configuration}`
}

/** A book to write in. */
export function openFindingBook(): FindingBook {
  const kinds: string[] = []
  const numbers = new Map<string, number>()
  const lists: (readonly number[])[] = [[]]
  const listNumbers = new Map<string, number>([['', 0]])
  const kindOf = (kind: string): number => {
    const known = numbers.get(kind)
    if (known !== undefined) return known
    numbers.set(kind, kinds.length)
    return kinds.push(kind) - 1
  }
  const listOfKinds = (of: readonly string[]): number => {
    if (of.length === 0) return 0
    const list = of.map(kindOf)
    const name = list.join()
    const known = listNumbers.get(name)
    if (known !== undefined) return known
    listNumbers.set(name, lists.length)
    return lists.push(list) - 1
  }
  return {
    kinds,
    lists,
    listOf: (findings) => (findings.length === 0 ? 0 : listOfKinds(findings.map(findingKind))),
    listOfKinds,
  }
}

import { startDeletion, startErasure, type Chip } from './agent.ts'
import { referenceAt, type ReferenceNode } from './reference.ts'
import { childrenOf, cut, type Tree } from './tree.ts'

/** One device: its tree, its chips, and how it is built. */
export type Machine = {
  readonly chips: readonly Chip[]
  tree: Tree
  build: number
  /** The CSP answers 404 throughout: no modem, or Windows Home. */
  absent: boolean
  now: number
  /** What a node that this build lacks is answered with; the reference leaves it open. */
  readonly unknownNode: 404 | 405 | 406
  readonly addsParents: boolean
  readonly listsDefault: boolean
  readonly execStatus: 200 | 202
}

/** One command with one item, as it was read. */
export type Order = {
  readonly name: string
  readonly uri: string
  readonly format?: string
  readonly data?: string
}

/** The answer to it: a status, and for a Get a value. */
export type Reply = { readonly code: number; readonly format?: string; readonly data?: string }

const ROOTS = ['./Device/Vendor/MSFT/eUICCs', './Vendor/MSFT/eUICCs']
const LETTER: Readonly<Record<string, string>> = { Add: 'A', Delete: 'D', Exec: 'E', Get: 'G', Replace: 'R' }

/** Does what one command asks, or says why not. */
export function carryOut(machine: Machine, order: Order): Reply {
  const named = pathOf(machine, order.uri)
  if (typeof named === 'number') return { code: named }
  const reference = referenceAt(named)
  if (machine.absent || reference === undefined) return { code: 404 }
  if (!isKnown(machine, named)) return { code: machine.unknownNode }
  if (!reference.may.includes(LETTER[order.name] ?? '?')) return { code: 405 }
  return act(machine, order, named, reference)
}

function act(machine: Machine, order: Order, named: readonly string[], reference: ReferenceNode): Reply {
  const path = named.join('/')
  switch (order.name) {
    case 'Get':
      return get(machine, path, reference)
    case 'Add':
      return { code: add(machine, order, named, reference) }
    case 'Replace': {
      if (!machine.tree.has(path)) return { code: 404 }
      const code = typeTrouble(order, reference)
      if (code === undefined && reference.format !== 'node') machine.tree.set(path, stored(order, reference))
      return { code: code ?? 200 }
    }
    case 'Delete':
      return { code: remove(machine, named) }
    default: {
      const chip = machine.chips.find((each) => each.path === named[0])
      if (chip === undefined) return { code: 404 }
      startErasure(chip, machine.tree, machine.now)
      return { code: machine.execStatus }
    }
  }
}

function get(machine: Machine, path: string, reference: ReferenceNode): Reply {
  if (!machine.tree.has(path)) return { code: 404 }
  if (reference.format !== 'node')
    return { code: 200, format: reference.format, data: machine.tree.get(path) ?? '' }
  const names = childrenOf(machine.tree, path).filter((name) =>
    isKnown(machine, [...path.split('/'), name].filter(Boolean)),
  )
  const all = path === '' && machine.listsDefault ? [...names, 'Default'] : names
  return { code: 200, format: 'node', data: all.map(encodeURIComponent).join('/') }
}

function add(machine: Machine, order: Order, named: readonly string[], reference: ReferenceNode): number {
  const path = named.join('/')
  if (machine.tree.has(path)) return 418
  if (reference.format === 'node' && !machine.addsParents) return 405
  const wrong = typeTrouble(order, reference)
  if (wrong !== undefined) return wrong
  const parent = named.slice(0, -1)
  if (!machine.tree.has(parent.join('/'))) {
    // Implicit Add: the missing parent comes into being, where the CSP lets it.
    if (referenceAt(parent)?.may.includes('A') !== true || !machine.tree.has(parent.slice(0, -1).join('/')))
      return 404
    machine.tree.set(parent.join('/'), undefined)
  }
  machine.tree.set(path, stored(order, reference))
  return 200
}

function remove(machine: Machine, named: readonly string[]): number {
  const path = named.join('/')
  if (!machine.tree.has(path)) return 404
  const chip = machine.chips.find((each) => each.path === named[0])
  if (named[1] !== 'Profiles' || chip === undefined) {
    if (chip !== undefined) chip.jobs = chip.jobs.filter(({ name }) => name !== named[2])
    cut(machine.tree, path)
    return 200
  }
  const iccid = named[2] ?? ''
  if (machine.tree.get(`${path}/PPR2Set`) === 'true') return 405
  if (chip.esims.some((each) => each.iccid === iccid)) startDeletion(chip, machine.tree, iccid, machine.now)
  else cut(machine.tree, path)
  return 200
}

function typeTrouble({ format, data }: Order, reference: ReferenceNode): number | undefined {
  if (format !== reference.format) return 415
  if (reference.format === 'bool' && !/^\s*(true|false)\s*$/i.test(data ?? '')) return 415
  return reference.format !== 'node' && data === undefined ? 415 : undefined
}

function stored({ data }: Order, { format }: ReferenceNode): string | undefined {
  if (format === 'node') return undefined
  return format === 'bool' ? data?.trim().toLowerCase() : data
}

function isKnown(machine: Machine, path: readonly string[]): boolean {
  return path.every((_, at) => (referenceAt(path.slice(0, at + 1))?.since ?? 0) <= machine.build)
}

/** The names of an address below the root, with `Default` made the active chip; else the status it deserves. */
function pathOf(machine: Machine, uri: string): string[] | number {
  if (uri.startsWith('/')) return 400
  const root = ROOTS.find((each) => uri === each || uri.startsWith(`${each}/`))
  if (root === undefined) return 404
  const names =
    uri === root
      ? []
      : uri
          .slice(root.length + 1)
          .split('/')
          .map(decodeURIComponent)
  if (names.some((name) => ['', '*', '.'].includes(name))) return 400
  if (names[0] !== 'Default') return names
  const active = machine.chips.find((chip) => machine.tree.get(`${chip.path}/IsActive`) === 'true')
  return active === undefined ? 404 : [active.path, ...names.slice(1)]
}

import type { Budget, BudgetedKind, Policy, Proof } from '../domain/desired.ts'
import { DEFAULT_POLICY } from '../domain/desired.ts'
import type { StepKind } from '../domain/plan.ts'
import { chosen } from './chosen.ts'
import type { Reading } from './reading.ts'
import { readNamed } from './reading.ts'
import { readGroupNames } from './selection.ts'
import type { Tell } from './tell.ts'
import { invalid, quoted, warning } from './tell.ts'
import type { Read, Tree } from './tree.ts'
import { isEmpty, isNull, itemsAt, textOf, valueAt, wholeOf } from './tree.ts'
import { readDuration, readShare } from './values.ts'

const PROVEN: readonly StepKind[] = ['install', 'update', 'uninstall', 'reset', 'delete-record', 'retire']

/** The Policy; what it does not say keeps its default. */
export function readPolicy(read: Read, reading: Reading): Policy {
  const spec = valueAt(read.root, 'spec')
  const { tell } = reading
  const { place } = readNamed(read, tell)
  const { stranding, unknownEsims, freshness, retries } = DEFAULT_POLICY
  const hold = (...keys: readonly string[]) => chosen(valueAt(spec, ...keys), ['hold', 'allow'], 'hold')
  return {
    mode: chosen(valueAt(spec, 'mode'), ['observe', 'propose', 'enforce'], DEFAULT_POLICY.mode),
    budgets: {
      reset: readBudget(spec, 'reset', tell),
      uninstall: readBudget(spec, 'uninstall', tell),
      retire: readBudget(spec, 'retire', tell),
      'delete-record': readBudget(spec, 'delete-record', tell),
    },
    connectivity: readConnectivity(spec, reading),
    stranding: { ...stranding, unknown: hold('stranding', 'unknown') },
    unknownEsims: {
      ...unknownEsims,
      redownload: hold('unknownEsims', 'redownload'),
      erase: hold('unknownEsims', 'erase'),
      retirement: hold('unknownEsims', 'retirement'),
    },
    freshness: {
      destructive:
        readDuration(valueAt(spec, 'freshness', 'destructive'), 'destructive', tell) ?? freshness.destructive,
    },
    proof: readProof(spec),
    retries: {
      attempts: wholeOf(valueAt(spec, 'retries', 'attempts')) ?? retries.attempts,
      within: readDuration(valueAt(spec, 'retries', 'within'), 'within', tell) ?? retries.within,
    },
    place,
  }
}

function readBudget(spec: Tree | undefined, kind: BudgetedKind, tell: Tell): Budget {
  const tree = valueAt(spec, 'budgets', kind)
  if (tree === undefined || isNull(tree)) return DEFAULT_POLICY.budgets[kind]
  if (textOf(tree) === 'unlimited') return 'unlimited'
  const perDay = wholeOf(valueAt(tree, 'perDay'))
  const share = readShare(valueAt(tree, 'share'), 'share', tell)
  return { ...(perDay !== undefined && { perDay }), ...(share !== undefined && { share }) }
}

function readConnectivity(spec: Tree | undefined, reading: Reading): Policy['connectivity'] {
  const said = new Map<string, { readonly other: string; readonly at: Tree }>()
  return itemsAt(spec, 'connectivity').map((item) => {
    const groups = readGroupNames(valueAt(item, 'groups'), reading)
    const other = chosen(valueAt(item, 'other'), ['yes', 'no'], 'no')
    if (valueAt(item, 'groups') !== undefined && isEmpty(valueAt(item, 'groups'))) {
      reading.tell(
        warning(
          'selects-nobody',
          item,
          'this line of connectivity names no group: it says nothing of any device',
        ),
      )
    }
    for (const [at, group] of itemsAt(item, 'groups').entries()) {
      const name = textOf(group) ?? String(at)
      const before = said.get(name)
      if (before === undefined) said.set(name, { other, at: group })
      else if (before.other !== other) {
        const message = `group ${quoted(name)} has both other: yes and other: no; the first is in line ${before.at.place.line}`
        reading.tell(
          invalid('bad-value', group, message, { rule: 'S23', hint: 'take it out of one of the two' }),
        )
      }
    }
    return { groups, other, place: item.place }
  })
}

function readProof(spec: Tree | undefined): Policy['proof'] {
  const proof: Partial<Record<StepKind, Proof>> = {}
  for (const kind of PROVEN) {
    const tree = valueAt(spec, 'proof', kind)
    if (tree !== undefined) proof[kind] = chosen(tree, ['observed', 'attested', 'accepted'], 'observed')
  }
  return proof
}

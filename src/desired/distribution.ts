import type { Distribution, Redownload } from '../domain/desired.ts'
import { chosen } from './chosen.ts'
import type { Reading } from './reading.ts'
import { NOBODY, readSelection, selectingKeys } from './selection.ts'
import type { Tell } from './tell.ts'
import { invalid, quoted, warning } from './tell.ts'
import type { Tree } from './tree.ts'
import { isEmpty, keyAt, textOf, valueAt } from './tree.ts'
import { readInstant } from './values.ts'

/** The configuration whose distribution is read: only an enabled one is told that it selects nobody. */
type Owner = { readonly name: string; readonly enabled: boolean }

/** Who gets a configuration (S8); absent, empty or not understood: nobody (S9). */
export function readDistribution(spec: Tree | undefined, owner: Owner, reading: Reading): Distribution {
  const tree = valueAt(spec, 'distribution')
  const to = chosen(valueAt(tree, 'to'), ['all', 'none', 'custom'], 'none')
  const select = readSelection(tree, reading)
  const except = readSelection(valueAt(tree, 'except'), reading)
  checkSelecting(tree, to, reading.tell)
  const spot = keyAt(tree, 'to') ?? keyAt(spec, 'distribution')
  const selectsNobody = isEmpty(tree) || (to === 'custom' && selectingKeys(tree).length === 0)
  if (owner.enabled && spot !== undefined && selectsNobody) {
    const message = `configuration ${quoted(owner.name)} selects nobody: what is installed of it is uninstalled`
    const hint = 'name groups, devices or lists'
    reading.tell(warning('selects-nobody', spot, message, { rule: 'S9', configuration: owner.name, hint }))
  }
  return { to, select: to === 'custom' ? select : NOBODY, except: to === 'none' ? NOBODY : except }
}

/** One entry of `redownload` (S16); none when its moment is not understood, which is told. */
export function readRedownload(entry: Tree, configuration: string, reading: Reading): readonly Redownload[] {
  const on = readInstant(valueAt(entry, 'on'), 'on', reading.tell)
  const to = chosen(valueAt(entry, 'to'), ['all', 'custom'], 'custom')
  const select = readSelection(entry, reading)
  const except = readSelection(valueAt(entry, 'except'), reading)
  checkSelecting(entry, to, reading.tell)
  if (textOf(valueAt(entry, 'to')) === 'custom' && selectingKeys(entry).length === 0) {
    const message = `a redownload of configuration ${quoted(configuration)} selects nobody: nothing is downloaded again`
    reading.tell(warning('selects-nobody', entry, message, { rule: 'S16', configuration }))
  }
  if (on === undefined) return []
  return [{ on, to, select: to === 'custom' ? select : NOBODY, except, place: entry.place }]
}

/**
 * What selects counts only with `to: custom`, what excepts also with `to: all`: nothing written is ignored in silence.
 * Beside `to: all` it is an error, for it was meant to narrow; where nobody is selected anyway it is a warning (S9).
 */
function checkSelecting(tree: Tree | undefined, to: Distribution['to'], tell: Tell): void {
  const written = textOf(valueAt(tree, 'to'))
  // A `to` that is no such word has been told already; what it would have meant is not guessed.
  if (to === 'custom' || (written !== undefined && written !== to)) return
  const [key] = selectingKeys(tree)
  const spot = key === undefined ? undefined : keyAt(tree, key)
  if (spot !== undefined && to === 'all') {
    const message = `"${key}" counts only with to: custom; here it is to: all`
    return tell(invalid('bad-value', spot, message, { rule: 'S8', hint: 'write to: custom, or take it out' }))
  }
  const here = written === undefined ? 'without "to" nobody is selected' : `here it is to: ${to}`
  const hint = 'write to: custom; to select nobody for now, enabled: false'
  if (spot !== undefined) {
    tell(
      warning('selects-nobody', spot, `"${key}" counts only with to: custom; ${here}`, { rule: 'S9', hint }),
    )
  }
  const except = keyAt(tree, 'except')
  if (to === 'none' && except !== undefined && selectingKeys(valueAt(tree, 'except')).length > 0) {
    const message = `"except" counts only with to: all and to: custom; ${here}`
    tell(
      warning('selects-nobody', except, message, {
        rule: 'S9',
        hint: 'to select nobody for now and keep it, write enabled: false',
      }),
    )
  }
}

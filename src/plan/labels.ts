import type { MatchExpression, Selector } from '../domain/desired.ts'
import type { Traits } from '../domain/device.ts'

/**
 * Does every line of the selector hold? A selector without lines, and a line without values, match nobody; what could
 * not be read matches nothing, NotIn and DoesNotExist included (planning.md section 3).
 */
export function matchesSelector(selector: Selector, device: Traits): boolean {
  const { mdmGroups, matchLabels, matchExpressions } = selector
  const lines: boolean[] = []
  if (mdmGroups !== undefined) lines.push(mdmGroups.some((group) => device.groups?.includes(group) === true))
  if (matchLabels !== undefined) {
    const wanted = Object.entries(matchLabels)
    lines.push(wanted.length > 0 && wanted.every(([key, value]) => labelOf(device, key) === value))
  }
  if (matchExpressions !== undefined) {
    lines.push(
      matchExpressions.length > 0 && matchExpressions.every((each) => matchesExpression(each, device)),
    )
  }
  return lines.length > 0 && lines.every(Boolean)
}

function matchesExpression(expression: MatchExpression, device: Traits): boolean {
  const value = labelOf(device, expression.key)
  if (value === undefined) return false
  switch (expression.operator) {
    case 'In':
      return value !== null && expression.values.includes(value)
    case 'NotIn':
      return expression.values.length > 0 && (value === null || !expression.values.includes(value))
    case 'Exists':
      return value !== null
    case 'DoesNotExist':
      return value === null
  }
}

/** Under which a store keeps a device's MDM groups beside its labels, one for each. */
export const MDM_GROUP = 'simplane/mdm-group'

/** `null`: known to have no such label; `undefined`: unknown. Device attributes appear as `simplane/…`. */
export function labelOf(device: Traits, key: string): string | null | undefined {
  switch (key) {
    case 'simplane/platform':
      return device.platform
    case 'simplane/model':
      return device.model
    case 'simplane/ownership':
      return device.ownership
    case 'simplane/driver':
      return device.driver
    case 'simplane/os-version':
      return device.osVersion
    default:
      if (device.labels === undefined) return undefined
      return Object.hasOwn(device.labels, key) ? device.labels[key] : null
  }
}

const ATTRIBUTES = [
  'simplane/platform',
  'simplane/model',
  'simplane/ownership',
  'simplane/driver',
  'simplane/os-version',
]

/**
 * Everything a selector can ask of a device, as key and value: what a store finds devices by. A label that is called
 * like an attribute stands there too; who is found is looked at in full.
 */
export function labelsOf(device: Traits): (readonly [key: string, value: string])[] {
  const all: (readonly [string, string])[] = Object.entries(device.labels ?? {})
  for (const key of ATTRIBUTES) {
    const value = labelOf(device, key)
    if (typeof value === 'string') all.push([key, value])
  }
  for (const group of new Set(device.groups)) all.push([MDM_GROUP, group])
  return all
}

import { SITES } from './fleet.ts'
import type { Shape, Target } from './shape.ts'

/** Files of a desired state as they are written, by path. */
export type Documents = Readonly<Record<string, string>>

/** What is edited of the desired state; nothing: as the served fleet has it. */
export type Edit = {
  /** Names of configurations that name another server. */
  readonly moved?: readonly string[]
  /** The group of the pilot takes the second wave in. */
  readonly waved?: boolean
}

const HEAD = 'apiVersion: simplane/v1\n'

/** The desired state of the fleet: a hundred configurations, their groups, twenty sites, one Policy without budgets. */
export function documentsOf(shape: Shape, edit: Edit = {}): Documents {
  const files: Record<string, string> = { 'policy.yaml': policy() }
  for (let site = 0; site < SITES; site += 1)
    files[`groups/site-${site}.yaml`] = group(`site-${site}`, `matchLabels: { site: site-${site} }`)
  for (const [rank, target] of shape.targets.entries()) {
    const moved = edit.moved?.includes(target.name) ?? false
    files[`configurations/${target.name}.yaml`] = configuration(target, rank, moved)
    if (target.by !== 'all')
      files[`groups/${target.name}.yaml`] = group(target.name, selectorOf(target, edit))
  }
  return files
}

/** `count` files of which most are groups: a large team's repository. `changed`: the first so many say something else. */
export function manyDocuments(count: number, changed = 0): Documents {
  const files: Record<string, string> = { 'policy.yaml': policy() }
  for (let at = 1; at < count; at += 1) {
    const name = `team-${String(at).padStart(5, '0')}`
    const cost = at <= changed ? `cc-${at}, cc-new` : `cc-${at}`
    files[`groups/${String(at % 100).padStart(2, '0')}/${name}.yaml`] = group(
      name,
      `mdmGroups: [SG-${name}]\n    matchExpressions:\n      - { key: cost-centre, operator: In, values: [${cost}] } # who pays`,
    )
  }
  return files
}

function policy(): string {
  return `${HEAD}kind: Policy
metadata: { name: default, description: Nothing waits for a person here }
spec:
  mode: enforce
  budgets: { reset: unlimited, uninstall: unlimited, retire: unlimited, delete-record: unlimited }
  freshness: { destructive: 24h }
`
}

function group(name: string, selector: string): string {
  return `${HEAD}kind: DeviceGroup
metadata: { name: ${name}, labels: { owner: team-mobility } }
spec:
  selector:
    ${selector}
`
}

function selectorOf({ by, name }: Target, { waved }: Edit): string {
  if (by === 'label') return `matchLabels: { team: ${name} }`
  if (by === 'mdm-group') return `mdmGroups: [SG-${name}]`
  const values = waved === true ? 'first, second' : 'first'
  return `matchExpressions:\n      - { key: wave, operator: In, values: [${values}] }`
}

function configuration({ name, spec, by }: Target, rank: number, moved: boolean): string {
  const host = moved ? `new.${name}.smdp.example` : `${name}.smdp.example`
  const block =
    spec.platform === 'windows'
      ? `windows: { serverName: ${host}, autoEnable: true }`
      : `ios: { carrierUrl: https://${host}/ }`
  const distribution = by === 'all' ? 'to: all' : `to: custom\n    groups: [${name}]`
  return `# Ordered by the mobility team.
${HEAD}kind: EsimConfiguration
metadata: { name: ${name}, description: An eSIM of ${name}, labels: { carrier: acme, owner: team-mobility } }
spec:
  ${block}
  distribution:
    ${distribution}
  priority: ${by === 'all' ? 1_000 : 100 + rank}
  onRemove: keep-esims
`
}

import type { Budget, BudgetedKind, Mode, Policy, Proof } from '../../domain/desired.ts'
import { STEP_KINDS } from '../../domain/plan.ts'
import { compareText } from '../../domain/text.ts'
import { age } from '../ages.ts'
import { count } from '../numbers.ts'

/** One thing the Policy says otherwise than before. `looser`: more may happen without a person. */
export type PolicyChange = {
  /** Below `spec`: `budgets.reset`. */
  readonly path: string
  readonly from: string
  readonly to: string
  readonly looser: boolean
}

type Rule = {
  readonly path: string
  readonly text: (policy: Policy) => string
  readonly looser: (before: Policy, after: Policy) => boolean
}

const BUDGETS: readonly BudgetedKind[] = ['reset', 'uninstall', 'retire', 'delete-record']
const MODES: readonly Mode[] = ['observe', 'propose', 'enforce']
const PROOFS: readonly (Proof | undefined)[] = [undefined, 'observed', 'attested', 'accepted']
const UNKNOWN_ESIMS = ['redownload', 'erase', 'retirement'] as const

const RULES: readonly Rule[] = [
  {
    path: 'mode',
    text: ({ mode }) => mode,
    looser: (before, after) => MODES.indexOf(after.mode) > MODES.indexOf(before.mode),
  },
  ...BUDGETS.map((kind) => ({
    path: `budgets.${kind}`,
    text: ({ budgets }: Policy) => budgetText(budgets[kind]),
    looser: (before: Policy, after: Policy) => largerBudget(before.budgets[kind], after.budgets[kind]),
  })),
  {
    path: 'connectivity',
    text: ({ connectivity }) => (connectivity.length === 0 ? 'none' : connected(connectivity).join(', ')),
    looser: (before, after) =>
      gained(connected(before.connectivity), connected(after.connectivity), ': yes') ||
      gained(connected(after.connectivity), connected(before.connectivity), ': no'),
  },
  {
    path: 'stranding.unknown',
    text: ({ stranding }) => stranding.unknown,
    looser: (_before, { stranding }) => stranding.unknown === 'allow',
  },
  ...UNKNOWN_ESIMS.map((key) => ({
    path: `unknownEsims.${key}`,
    text: ({ unknownEsims }: Policy) => unknownEsims[key],
    looser: (_before: Policy, { unknownEsims }: Policy) => unknownEsims[key] === 'allow',
  })),
  {
    path: 'freshness.destructive',
    text: ({ freshness }) => age(freshness.destructive),
    looser: (before, after) => after.freshness.destructive > before.freshness.destructive,
  },
  ...STEP_KINDS.map((kind) => ({
    path: `proof.${kind}`,
    text: ({ proof }: Policy) => proof[kind] ?? 'default',
    looser: (before: Policy, after: Policy) =>
      PROOFS.indexOf(after.proof[kind]) > PROOFS.indexOf(before.proof[kind]),
  })),
  {
    path: 'retries',
    text: ({ retries }) => `${count(retries.attempts)} within ${age(retries.within)}`,
    looser: () => false,
  },
]

/** What the Policy says otherwise, in its own order. */
export function policyChanges(before: Policy, after: Policy): readonly PolicyChange[] {
  return RULES.filter(({ text }) => text(before) !== text(after)).map(({ path, text, looser }) => ({
    path,
    from: text(before),
    to: text(after),
    looser: looser(before, after),
  }))
}

function budgetText(budget: Budget): string {
  if (budget === 'unlimited') return 'unlimited'
  const { perDay, share } = budget
  const parts = [
    ...(perDay === undefined ? [] : [`${count(perDay)} a day`]),
    ...(share === undefined ? [] : [`${share / 100}%`]),
  ]
  return parts.length === 0 ? 'none' : parts.join(' or ')
}

function largerBudget(before: Budget, after: Budget): boolean {
  if (before === 'unlimited') return false
  if (after === 'unlimited') return true
  return (after.perDay ?? 0) > (before.perDay ?? 0) || (after.share ?? 0) > (before.share ?? 0)
}

/** `field-kits: no`, each group once as the first line that names it says. */
function connected(connectivity: Policy['connectivity']): readonly string[] {
  const said = new Map<string, string>()
  for (const { groups, other } of connectivity)
    for (const group of groups) if (!said.has(group)) said.set(group, other)
  return [...said].map(([group, other]) => `${group}: ${other}`).sort(compareText)
}

function gained(before: readonly string[], after: readonly string[], ending: string): boolean {
  return after.some((each) => each.endsWith(ending) && !before.includes(each))
}

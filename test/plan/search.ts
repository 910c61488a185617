/*
 * The device model of planning.md section 4 and an exhaustive search over it. It knows nothing of the planner: states,
 * preconditions and goals are written down anew from sections 1, 2 and 4, so that the two can be wrong only apart.
 */

/** How C sits on the device. */
const C_STATES = ['absent', 'same', 'other-flags', 'other-name', 'old-spec'] as const
export type CState = (typeof C_STATES)[number]

/** Where an eSIM on the device came from. */
const ORIGINS = ['c', 'earlier', 'xk', 'xe', 'foreign'] as const
export type Origin = (typeof ORIGINS)[number]

export const WANTS = ['nothing', 'c', 'c-fresh', 'release', 'retire'] as const
export type Want = (typeof WANTS)[number]

/** One device with a complete list, and the one thing wanted of it. */
export type Model = {
  readonly c: CState
  readonly xKeep: boolean
  readonly xErase: boolean
  readonly esims: readonly Origin[]
  readonly wanted: Want
  readonly provisionedBefore: boolean
}

export type Move =
  | 'uninstall c'
  | 'uninstall xk'
  | 'uninstall xe'
  | 'reset'
  | 'install c'
  | 'update c'
  | 'release'
  | 'retire'

/** Section 2's order: uninstall, reset, install or update, release or retire. */
const RANK: Readonly<Record<Move, number>> = {
  'uninstall c': 0,
  'uninstall xk': 0,
  'uninstall xe': 0,
  reset: 1,
  'install c': 2,
  'update c': 2,
  release: 3,
  retire: 3,
}
const MOVES = Object.keys(RANK) as Move[]

type State = {
  readonly c: CState
  readonly xKeep: boolean
  readonly xErase: boolean
  readonly esims: ReadonlySet<Origin>
  /** C's eSIM was downloaded by this sequence. */
  readonly downloaded: boolean
  readonly finished: 'release' | 'retire' | undefined
  readonly rank: number
}

type Reached = { readonly state: State; readonly paths: readonly (readonly Move[])[] }

/** Every state of the model. */
export function everyModel(): Model[] {
  const flags = [false, true]
  return WANTS.flatMap((wanted) =>
    flags.flatMap((provisionedBefore) =>
      C_STATES.flatMap((c) =>
        flags.flatMap((xKeep) =>
          flags.flatMap((xErase) =>
            subsets(ORIGINS).map((esims) => ({ c, xKeep, xErase, esims, wanted, provisionedBefore })),
          ),
        ),
      ),
    ),
  )
}

/** All sequences that reach the goal with the fewest resets and, among those, the fewest steps. */
export function optimal(model: Model): readonly (readonly Move[])[] {
  for (let resets = 0; resets <= 2; resets += 1) {
    const found = shortest(model, resets)
    if (found !== undefined) return found
  }
  throw new Error(`no legal sequence reaches the goal: ${JSON.stringify(model)}`)
}

/** Breadth first, with at most so many resets. */
function shortest(model: Model, resets: number): readonly (readonly Move[])[] | undefined {
  const start = stateOf(model)
  let front = new Map<string, Reached>([[textOf(start, resets), { state: start, paths: [[]] }]])
  const seen = new Set(front.keys())
  while (front.size > 0) {
    const done = [...front.values()].filter(({ state }) => isGoal(model, state))
    if (done.length > 0) return done.flatMap(({ paths }) => paths)
    const next = new Map<string, Reached>()
    for (const { state, paths } of front.values()) {
      for (const move of MOVES) {
        const spent = (paths[0] ?? []).filter((each) => each === 'reset').length + (move === 'reset' ? 1 : 0)
        if (spent > resets || !isLegal(model, state, move)) continue
        const after = takenEffect(state, move)
        const text = textOf(after, resets - spent)
        if (seen.has(text)) continue
        const longer = paths.map((path) => [...path, move])
        next.set(text, { state: after, paths: [...(next.get(text)?.paths ?? []), ...longer] })
      }
    }
    for (const text of next.keys()) seen.add(text)
    front = next
  }
  return undefined
}

function stateOf({ c, xKeep, xErase, esims }: Model): State {
  return { c, xKeep, xErase, esims: new Set(esims), downloaded: false, finished: undefined, rank: 0 }
}

/** Section 2, column "precondition", and the order. */
function isLegal(model: Model, state: State, move: Move): boolean {
  if (RANK[move] < state.rank || state.finished !== undefined) return false
  switch (move) {
    case 'uninstall c':
      return state.c !== 'absent'
    case 'uninstall xk':
      return state.xKeep
    case 'uninstall xe':
      return state.xErase
    case 'reset':
      return true
    case 'install c':
      return !state.esims.has('c') && !state.esims.has('earlier')
    case 'update c':
      return isInstalled(state.c)
    case 'release':
    case 'retire':
      return isEmptied(model, state)
  }
}

function takenEffect(state: State, move: Move): State {
  const moved = { ...state, rank: RANK[move] }
  switch (move) {
    case 'uninstall c':
      return { ...moved, c: 'absent' }
    case 'uninstall xk':
      return { ...moved, xKeep: false }
    case 'uninstall xe':
      return { ...moved, xErase: false }
    case 'reset':
      return { ...moved, esims: new Set() }
    case 'install c':
      return { ...moved, c: 'same', esims: new Set([...state.esims, 'c'] as const), downloaded: true }
    case 'update c':
      return { ...moved, c: state.c === 'other-flags' ? 'same' : state.c }
    case 'release':
    case 'retire':
      return { ...moved, finished: move }
  }
}

/** Section 4, "Goals". */
function isGoal(model: Model, state: State): boolean {
  const bareOfOthers = !state.xKeep && !state.xErase
  switch (model.wanted) {
    case 'nothing':
      return bareOfOthers && state.c === 'absent' && !state.esims.has('xe')
    case 'release':
    case 'retire':
      return (
        bareOfOthers && state.c === 'absent' && isEmptied(model, state) && state.finished === model.wanted
      )
    case 'c':
    case 'c-fresh': {
      const fresh = model.wanted === 'c-fresh' && isInstalled(model.c)
      const there = state.esims.has('c') && (!fresh || state.downloaded)
      const current = state.c === 'same' || state.c === 'other-name'
      const owed = isInstalled(model.c) || state.downloaded
      return bareOfOthers && state.c !== 'old-spec' && there && !state.esims.has('xe') && (current || !owed)
    }
  }
}

function isInstalled(c: CState): boolean {
  return c === 'same' || c === 'other-flags' || c === 'other-name'
}

/** Empty, or foreign only on a device that was never provisioned. */
function isEmptied({ provisionedBefore }: Model, { esims }: State): boolean {
  const foreignOnly = [...esims].every((origin) => origin === 'foreign')
  return esims.size === 0 || (foreignOnly && !provisionedBefore)
}

function textOf({ c, xKeep, xErase, esims, downloaded, finished, rank }: State, left: number): string {
  return JSON.stringify([c, xKeep, xErase, [...esims].sort(), downloaded, finished ?? '', rank, left])
}

function subsets<T>(of: readonly T[]): T[][] {
  return of.reduce<T[][]>((all, each) => all.flatMap((set) => [set, [...set, each]]), [[]])
}

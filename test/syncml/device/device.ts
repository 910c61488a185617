import { catchUp, type Chip, type ChipEsim, type Choices } from './agent.ts'
import { noOperators, type Operators } from './operator.ts'
import { converse } from './session.ts'
import type { Machine } from './nodes.ts'
import type { Tree } from './tree.ts'

/** How a device is built, and how it decides what the reference leaves open. */
export type DeviceOptions = Partial<Omit<Machine, 'chips' | 'tree' | 'now'>> &
  Partial<Choices> & {
    readonly eids?: readonly string[]
    /** Old builds: nodes are called by a hash, and Identifier gives it too. */
    readonly hashed?: boolean
    readonly operators?: Operators
    /** On the active chip from the start. */
    readonly esims?: readonly ChipEsim[]
  }

/** The EID of a device that is given none. */
export const EID = '89049032000000000000000000000012'

/** A Windows device with the eUICCs CSP, over SyncML: text in, text out. Its clock stands until it is set. */
export class WindowsDevice {
  readonly machine: Machine
  readonly operators: Operators
  private readonly choices: Choices

  constructor(options: DeviceOptions = {}) {
    const { eids = [EID], hashed = false, operators = noOperators(), esims = [] } = options
    const { listsDownloaded = true, secondDiscovery = 4, ...built } = options
    this.operators = operators
    this.choices = { listsDownloaded, secondDiscovery }
    const chips = eids.map((eid, at): Chip => {
      const path = hashed ? `hash-${eid.slice(-4)}` : eid
      return { eid, path, esims: at === 0 ? esims.map((each) => ({ ...each })) : [], jobs: [] }
    })
    const tree: Tree = new Map([['', undefined]])
    chips.forEach((chip, at) => grow(tree, chip, at === 0))
    this.machine = {
      build: built.build ?? 22_631,
      absent: built.absent ?? false,
      unknownNode: built.unknownNode ?? 406,
      addsParents: built.addsParents ?? true,
      listsDefault: built.listsDefault ?? true,
      execStatus: built.execStatus ?? 200,
      chips,
      tree,
      now: 0,
    }
    this.setClock(0)
  }

  /** The time is now so many milliseconds; what was due until then has happened. */
  setClock(now: number): void {
    this.machine.now = now
    for (const chip of this.machine.chips) {
      catchUp(chip, this.machine.tree, this.operators, this.choices, now)
    }
  }

  /** One message of a management session. */
  exchange(request: string): string {
    const response = converse(this.machine, request)
    this.setClock(this.machine.now)
    return response
  }

  /** What is really on the active chip, which no MDM can see. */
  get chipIccids(): readonly string[] {
    return this.machine.chips[0]?.esims.map(({ iccid }) => iccid) ?? []
  }

  /** The servers configured on the active chip. */
  get servers(): readonly string[] {
    const start = `${this.machine.chips[0]?.path}/DownloadServers/`
    return [...this.machine.tree.keys()]
      .filter((path) => path.startsWith(start) && path.split('/').length === 3)
      .map((path) => path.slice(start.length))
  }

  /** Its user removes every eSIM in the Settings; the configured servers stay. */
  removeEsims(): void {
    for (const chip of this.machine.chips) {
      for (const { iccid } of chip.esims)
        chip.jobs.push({ at: this.machine.now, kind: 'delete', name: iccid })
    }
    this.setClock(this.machine.now)
  }

  /** The board was swapped: another chip is the active one. */
  swapBoard(): void {
    this.machine.chips.forEach((chip, at) => this.machine.tree.set(`${chip.path}/IsActive`, String(at === 1)))
  }
}

function grow(tree: Tree, chip: Chip, active: boolean): void {
  const at = (name: string) => `${chip.path}/${name}`
  tree.set(chip.path, undefined).set(at('Identifier'), chip.path).set(at('IsActive'), String(active))
  tree.set(at('PPR1Allowed'), 'true').set(at('PPR1AlreadySet'), 'false')
  for (const name of ['Actions', 'DownloadServers', 'Policies', 'Profiles']) tree.set(at(name), undefined)
  tree.set(at('Actions/ResetToFactoryState'), '').set(at('Actions/Status'), '0')
  tree.set(at('Policies/LocalUIEnabled'), 'true')
}

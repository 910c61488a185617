import type { DesiredState, DeviceReference, EsimConfiguration, Place } from '../domain/desired.ts'
import type { EsimSpec } from '../domain/esim.ts'
import type { SourceFile } from '../domain/source.ts'
import { compareText } from '../domain/text.ts'
import type { For } from './adopting-document.ts'
import { parseDesired } from './parse.ts'

/** What a desired state is to say differently. */
type Meant =
  | { readonly kind: 'spec'; readonly name: string; readonly spec: EsimSpec }
  | { readonly kind: 'except'; readonly name: string; readonly references: readonly string[] }
  | {
      readonly kind: 'document'
      readonly name: string
      readonly spec: EsimSpec
      readonly like: EsimConfiguration
      readonly whom: For
    }

const NOWHERE: Place = { file: '', line: 1, column: 1 }

/** The desired state with one thing said differently; places aside. */
export function expectedOf(desired: DesiredState, meant: Meant): DesiredState {
  const { configurations } = desired
  if (meant.kind === 'document') return { ...desired, configurations: [...configurations, madeOf(meant)] }
  return {
    ...desired,
    configurations: configurations.map((each) => {
      if (each.name !== meant.name) return each
      if (meant.kind === 'spec') return { ...each, spec: meant.spec }
      const { distribution } = each
      const devices = [...distribution.except.devices, ...meant.references.map(referenceOf)]
      return { ...each, distribution: { ...distribution, except: { ...distribution.except, devices } } }
    }),
  }
}

function madeOf({ name, spec, like, whom }: Meant & { kind: 'document' }): EsimConfiguration {
  const { priority, onRemove, mode } = like
  const select = {
    groups: 'group' in whom ? [whom.group] : [],
    devices: 'group' in whom ? [] : whom.devices.map(referenceOf),
  }
  return {
    name,
    labels: {},
    place: NOWHERE,
    places: {},
    enabled: true,
    spec,
    distribution: { to: 'custom', select, except: { groups: [], devices: [] } },
    priority: priority - 1,
    onRemove,
    redownloads: [],
    mode,
  }
}

function referenceOf(written: string): DeviceReference {
  const [, as, text = ''] = /^(serial|eid|id):(.*)$/.exec(written) ?? []
  return { text, as: as as NonNullable<DeviceReference['as']>, place: NOWHERE }
}

/** Do the changed files, read as every revision is read, say exactly what was meant and nothing else? */
export function saysWhatIsMeant(
  { files, ignore }: { readonly files: readonly SourceFile[]; readonly ignore: readonly string[] },
  changed: ReadonlyMap<string, { readonly after: string }>,
  expected: DesiredState,
): boolean {
  const { desired } = parseDesired(withChanged(files, changed), { ignore })
  return desired !== undefined && sayingOf(desired) === sayingOf(expected)
}

/** The files of a revision with some of them changed, or new. */
export function withChanged(
  files: readonly SourceFile[],
  changed: ReadonlyMap<string, { readonly after: string }>,
): readonly SourceFile[] {
  const encoder = new TextEncoder()
  const made = [...changed].map(([path, { after }]) => ({
    path,
    blob: `changed ${path}`,
    bytes: encoder.encode(after),
  }))
  return [...files.filter(({ path }) => !changed.has(path)), ...made]
}

/** What is said, wherever it is written: exceptions may stand in any order, and a description says nothing to a device. */
function sayingOf(desired: DesiredState): string {
  const { configurations, ...rest } = desired
  const byName = [...configurations].sort((a, b) => compareText(a.name, b.name)).map(plainly)
  return JSON.stringify({ configurations: byName, ...rest }, (key, value: unknown) => {
    if (key === 'place' || key === 'places' || key === 'description') return undefined
    return isPlain(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => compareText(a, b)))
      : value
  })
}

function plainly(configuration: EsimConfiguration): EsimConfiguration {
  const { distribution } = configuration
  const devices = [...distribution.except.devices].sort((a, b) =>
    compareText(`${a.as ?? ''}:${a.text}`, `${b.as ?? ''}:${b.text}`),
  )
  return { ...configuration, distribution: { ...distribution, except: { ...distribution.except, devices } } }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import { createHash } from 'node:crypto'
import type { Adopting } from '../desired/adopting.ts'
import type { RecordKey } from '../domain/device.ts'
import type { Proposal } from '../domain/forge.ts'
import { sortedUnique } from '../domain/text.ts'
import { assemble, code, span, type MarkdownPart } from '../report/markdown.ts'
import { masked } from '../report/masking.ts'
import { count, counted } from '../report/numbers.ts'
import { shortRevision } from '../report/revisions.ts'
import { changeText, namedDevices, type AdoptionShown } from './adopt-text.ts'

const BUDGET = 60_000
const EXAMPLES = 20

type ProposalFacts = {
  readonly revision: string
  /** Short name of the branch it is for. */
  readonly base: string
  readonly devices: number
  readonly identities: boolean
  readonly largestText: number
  readonly serialOf: (device: RecordKey) => string
  readonly causeOf: (device: RecordKey) => string
}

/** The branch of an adoption: the same for the same change, so that asking twice proposes once. */
function branchOf({ files }: Adopting): string {
  const content = JSON.stringify([...files].map(([path, { after }]) => [path, after]))
  return `simplane/adopt-${createHash('sha256').update(content).digest('hex').slice(0, 12)}`
}

/** The pull request that makes the fleet's state the desired one. */
export function proposalOf(shown: AdoptionShown, facts: ProposalFacts): Proposal {
  const { adopting, prefix } = shown
  const names = sortedUnique(adopting.changes.map(({ configuration }) => configuration))
  const what = names.length > 3 ? counted(names.length, 'configuration') : names.join(', ')
  return {
    branch: branchOf(adopting),
    base: facts.base,
    from: facts.revision,
    title: `Adopt what the fleet has: ${what}`,
    body: bodyOf(shown, facts),
    files: [...adopting.files].map(([path, { after }]) => ({ path: prefix + path, content: after })),
  }
}

function bodyOf({ adopting, desired, prefix }: AdoptionShown, facts: ProposalFacts): string {
  const devices = sortedUnique(adopting.changes.flatMap((change) => change.devices))
  const named = namedDevices(adopting).length
  const head = `### ${counted(devices.length, 'device')} ${devices.length === 1 ? 'has' : 'have'} something else than git says, and ${devices.length === 1 ? 'keeps' : 'keep'} it`
  const parts: MarkdownPart[] = [
    {
      kind: 'text',
      text: `${head}\nMerging makes what they have the desired state, instead of changing them back to ${span(shortRevision(facts.revision))}.`,
    },
    {
      kind: 'text',
      text: adopting.changes
        .map((change) => `- ${span(changeText(change, desired), 400)} (${span(prefix + change.file)})`)
        .join('\n'),
    },
    {
      kind: 'text',
      text: `**Plan** With this change those ${count(devices.length)} have no step, and none of the ${counted(facts.devices, 'device')} of the fleet gets one that is not planned without it.`,
    },
    ...(named === 0
      ? []
      : [
          {
            kind: 'text' as const,
            text: `**Names** ${counted(named, 'device')} ${named === 1 ? 'is' : 'are'} written into the repository by serial number or id: nothing else can tell them from the others.`,
          },
        ]),
    {
      kind: 'table',
      summary: `Devices (${count(Math.min(EXAMPLES, devices.length))} of ${count(devices.length)})`,
      table: {
        titles: ['Device', 'Drift'],
        align: 'll',
        rows: devices.slice(0, EXAMPLES).map((device) => {
          const serial = facts.serialOf(device)
          return [code(facts.identities ? serial : masked(serial)), code(facts.causeOf(device))]
        }),
      },
    },
  ]
  const end =
    '<sub>asked for with `simplane adopt`; closing this lets the desired state stand, and the devices are changed back</sub>'
  return assemble(parts, end, Math.min(BUDGET, facts.largestText))
}

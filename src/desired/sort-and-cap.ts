import type { Finding } from '../domain/finding.ts'
import { compareText } from '../domain/text.ts'

/** Findings by file, line and column; of each file the first `most`, and one more that counts the rest. */
export function sortAndCap(findings: readonly Finding[], most: number): Finding[] {
  const byFile = Map.groupBy(findings.toSorted(byPlace), (finding) => finding.place?.file ?? '')
  return [...byFile.values()].flatMap((all) => {
    const rest = all.slice(most)
    const [first] = rest
    if (first === undefined) return all
    const more = rest.length === 1 ? 'one more finding' : `${rest.length} more findings`
    const severity = rest.some((finding) => finding.severity === 'error') ? 'error' : 'warning'
    return [...all.slice(0, most), { ...counted(first), severity, message: `and ${more} in this file` }]
  })
}

function counted({ code, reason, place }: Finding): Pick<Finding, 'code' | 'reason' | 'place'> {
  return { code, ...(reason !== undefined && { reason }), ...(place !== undefined && { place }) }
}

function byPlace(a: Finding, b: Finding): number {
  const files = compareText(a.place?.file ?? '', b.place?.file ?? '')
  if (files !== 0) return files
  return (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0)
}

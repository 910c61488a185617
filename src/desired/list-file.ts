import type { DeviceReference } from '../domain/desired.ts'
import { checkText } from './characters.ts'
import { columnIn, isDeviceColumn, separatorOf } from './csv.ts'
import { readReference } from './device-reference.ts'
import { linesOf } from './lines.ts'
import { readTable } from './list-table.ts'
import type { Tell } from './tell.ts'
import { invalid, quoted, upToMost } from './tell.ts'
import type { Spot } from './tree.ts'

/** A list of devices, and who asked for it: `asked` is where the path or the column is written. */
export type ListFile = {
  readonly file: string
  readonly text: string
  readonly column?: string
  readonly asked: Spot
}

/**
 * The devices of one list: CSV with a header, or one device a line with `#` comments. A list that names nobody is an
 * error: an empty export must never empty a fleet.
 */
export function readList(list: ListFile, mostLines: number, tell: Tell): readonly DeviceReference[] {
  const lines = linesOf(list.file, list.text)
  const start = lines.spot(0, 1)
  if (lines.count > mostLines) {
    const message = `the list has ${lines.count} lines; the most is ${mostLines}`
    tell(invalid('too-large', start, message, { hint: 'split it into several files' }))
    return []
  }
  let told = 0
  const count = upToMost((finding) => {
    told += 1
    tell(finding)
  })
  const from = headerAt(list.text, list.column)
  const header = list.text.slice(from).split('\n', 1)[0]?.trim() ?? ''
  const separator = separatorOf(header)
  const isTable = list.column !== undefined || separator !== undefined || isDeviceColumn(header)
  const devices = isTable ? readTable(list, from, separator, count) : readLines(list, count)
  if (devices.length === 0 && told === 0) {
    const hint = 'an empty list is never taken as "nobody": take it out of devicesFrom if that is meant'
    tell(invalid('bad-value', start, 'the list names no device', { hint }))
  }
  return devices
}

/** The first line that says something; lines that begin with `#` do not, unless they are the header. */
function headerAt(text: string, column: string | undefined): number {
  for (const line of text.matchAll(/^.*$/gm)) {
    const content = line[0].trim()
    if (content === '' || /^sep=.$/i.test(content)) continue
    if (!content.startsWith('#') || columnIn(titlesOf(content), column) !== undefined) return line.index
  }
  return text.length
}

function titlesOf(header: string): readonly string[] {
  return header.split(separatorOf(header) ?? '\n').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
}

function readLines({ file, text }: ListFile, tell: Tell): readonly DeviceReference[] {
  const lines = linesOf(file, text)
  const devices: DeviceReference[] = []
  for (const line of text.matchAll(/^.*$/gm)) {
    const content = line[0].replace(/(^|\s)#.*$/, '').trim()
    if (content === '') continue
    const start = line.index + line[0].indexOf(content)
    const spot = lines.spot(start, start + content.length)
    if (/[,;\t]/.test(content) && !/^\d,\d+e\+\d+$/i.test(content)) {
      const hint = 'a list with several columns needs a header'
      tell(invalid('bad-value', spot, `one device a line is expected, not ${quoted(content)}`, { hint }))
      continue
    }
    if (!checkText(content, spot, false, tell)) continue
    const device = readReference(content.replace(/^"(.*)"$/, '$1'), spot, tell)
    if (device !== undefined) devices.push(device)
  }
  return devices
}

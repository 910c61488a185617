import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DeviceRecord } from '../../src/domain/device.ts'
import { readSnapshot } from '../../src/snapshot/read.ts'
import { readStretch } from '../../src/snapshot/stretch.ts'
import { bytesOf, contractDevice, ndjsonOf, textOf } from './samples.ts'

const NAMES = ['PAR', 'Zoë', '😀', 'LAP\u2028', '日本']

function linesOf(devices: number): string[] {
  const all = Array.from({ length: devices }, (_, n) => ({
    ...contractDevice,
    id: `d-${n}`,
    name: NAMES[n % 5],
  }))
  return textOf(ndjsonOf(all)).trimEnd().split('\n')
}

/** Reads a text in stretches that begin after these newlines. */
function inStretches(text: string, cuts: ReadonlySet<number>): { records: DeviceRecord[]; lines: string[] } {
  const bytes = bytesOf(text)
  const records: DeviceRecord[] = []
  const lines: string[] = []
  let [start, newlines] = [0, 0]
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === 0x0a) newlines += 1
    const isCut = bytes[at] === 0x0a && cuts.has(newlines)
    if (!isCut && at < bytes.length - 1) continue
    const stretch = readStretch(Buffer.from(bytes.subarray(start, at + 1)), start, (record, from, length) => {
      records.push(record)
      lines.push(textOf(bytes.subarray(from, from + length)))
    })
    expect(stretch.start).toBe(start)
    start = at + 1
  }
  return { records, lines }
}

test('the devices of a file are the same in one stretch or in many, whatever line ends and letters it has', () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 12 })).map((all) => new Set(all))
  fc.assert(
    fc.property(cuts, fc.constantFrom('\n', '\r\n', '\n\n', ' \n'), fc.boolean(), (where, end, marked) => {
      const text = `${linesOf(11).join(end)}${end}`
      const whole = readSnapshot(bytesOf(text), 'x').snapshot
      const body = text.slice(text.indexOf('\n') + 1)
      const { records, lines } = inStretches(marked ? `\uFEFF${body}` : body, where)
      expect(records).toEqual(whole?.records)
      expect(lines.map((line) => (JSON.parse(line.replace('\uFEFF', '')) as { id: string }).id)).toEqual(
        records.map(({ id }) => id),
      )
    }),
  )
})

test('a line that is not UTF-8 spoils no other line', () => {
  const [, ...body] = linesOf(3)
  const text = `${body.join('\n')}\n`
  const bytes = bytesOf(text)
  bytes[text.indexOf('Zoë')] = 0xff
  const seen: string[] = []
  const stretch = readStretch(Buffer.from(bytes), 100, ({ id }) => seen.push(id))
  expect(seen).toEqual(['d-0', 'd-2'])
  expect(stretch.odd).toHaveLength(2)
  expect(stretch.newlines).toBe(4)
})

test('lines with something to say are named: trouble, a key that is new, the end; sound ones are not', () => {
  const [, first = '', second = '', third = '', end = ''] = linesOf(3)
  const keyed = (line: string): string => line.replace('{', '{"colour":"red",')
  const lines = [first, keyed(second), keyed(third), '{"id":', '', end, '{"id":"d']
  const text = lines.join('\n')
  const seen: string[] = []
  const stretch = readStretch(Buffer.from(text), 7, ({ id }) => seen.push(id))
  expect(seen).toEqual(['d-0', 'd-1', 'd-2'])
  expect(
    stretch.odd.map(({ start, length }) => textOf(bytesOf(text).subarray(start - 7, start - 7 + length))),
  ).toEqual([keyed(second), '{"id":', end, '{"id":"d'])
  expect(stretch.odd.map(({ closed }) => closed)).toEqual([true, true, true, false])
  expect(stretch.end).toBe(stretch.odd[2]?.start)
})

test('lines of ASCII are read alike whether that is known or not', () => {
  const [, ...body] = linesOf(11).map((line) => line.replaceAll(/[^\0-\u007f]/g, '?'))
  const bytes = Buffer.from([...body, '{"id":', 'x'].join('\n'))
  const [known, unknown] = [true, false].map((isAscii) => {
    const seen: unknown[] = []
    return [readStretch(bytes, 5, (...device) => seen.push(device), isAscii), seen]
  })
  expect(known).toEqual(unknown)
})

import { describe, expect, test } from 'vitest'
import { age, ageOf, ageRange } from '../../src/report/ages.ts'
import { masked, shortIccid } from '../../src/report/masking.ts'
import { count, counted } from '../../src/report/numbers.ts'
import { progressBar } from '../../src/report/progress-bar.ts'
import { shortDigest, shortRevision } from '../../src/report/revisions.ts'
import { table } from '../../src/report/table.ts'
import { brief, visible } from '../../src/report/visible.ts'
import { columns, fit, wrap } from '../../src/report/width.ts'

describe('numbers and ages', () => {
  test('numbers have thousands separators', () => {
    expect([0, 999, 1_000, 55_000, 1_234_567, -1_500].map(count)).toEqual([
      '0',
      '999',
      '1,000',
      '55,000',
      '1,234,567',
      '-1,500',
    ])
    expect([counted(1, 'device'), counted(2_951, 'device'), counted(0, 'policy', 'policies')]).toEqual([
      '1 device',
      '2,951 devices',
      '0 policies',
    ])
  })

  test('ages are rounded down, and a clock that went back counts as none', () => {
    expect([0, 38_999, 60_000, 120_000, 3_600_000, 11_520_000, 86_400_000, 200_000_000, -5].map(age)).toEqual(
      ['0 s', '38 s', '1 min', '2 min', '1 h', '3 h 12 min', '1 d', '2 d', '0 s'],
    )
    expect(ageOf(undefined, 5)).toBe('-')
  })

  test('a range of ages repeats its unit only when it differs', () => {
    expect(ageRange(4_000, 38_000)).toBe('4 to 38 s')
    expect(ageRange(4_000, 120_000)).toBe('4 s to 2 min')
    expect(ageRange(4_000, 4_100)).toBe('4 s')
    expect(ageRange(3_600_000, 11_520_000)).toBe('1 h to 3 h 12 min')
  })

  test('a bar is full only when all is done', () => {
    expect(progressBar(33, 37, 10)).toBe('████████░░')
    expect(progressBar(999, 1_000, 10)).toBe('█████████░')
    expect(progressBar(0, 0, 3)).toBe('███')
    expect(progressBar(9, 3, 3)).toBe('███')
  })
})

describe('texts from data', () => {
  test('what an eye would miss or a terminal obey is written out', () => {
    expect(visible('a\n\t\u001b[31m\u007f\u009b')).toBe('a\\n\\t\\x1b[31m\\x7f\\x9b')
    expect(visible('\u202e\u2066\u200b\ufeff\u{e0041}\ud800\u2028')).toBe(
      '\\u{202e}\\u{2066}\\u{200b}\\u{feff}\\u{e0041}\\u{d800}\\u{2028}',
    )
    expect(visible('Łódź 日本 é 😀')).toBe('Łódź 日本 é 😀')
  })

  test('a cut never leaves half a character', () => {
    expect(brief('😀'.repeat(100_000), 5)).toBe('😀😀😀😀…')
    expect(brief('12345', 5)).toBe('12345')
    expect(brief('123456', 5)).toBe('1234…')
  })

  test('masked identities keep their last four characters, short ones none', () => {
    expect(masked('5CG1234XYZ')).toBe('…4XYZ')
    expect(masked('1234')).toBe('…')
    expect(shortIccid('8933150319000000231')).toBe('8933…0231')
  })

  test('revisions and digests are short, and a working tree says so', () => {
    expect(shortRevision('1f3c9aa0c0ffee00c0ffee00c0ffee00c0ffee00')).toBe('1f3c9aa')
    expect(shortRevision(`tree-${'ab'.repeat(20)}`)).toBe('working tree abababa')
    expect(shortDigest(`sha256:1d40aa97${'0'.repeat(56)}`)).toBe('sha256:1d40aa97…')
  })
})

describe('columns', () => {
  test('wide characters take two columns and marks none', () => {
    expect([columns('abc'), columns('日本'), columns('e\u0301'), columns('😀')]).toEqual([3, 4, 1, 2])
    expect(fit('日本語', 5)).toBe('日本…')
    expect(fit('abc', 3)).toBe('abc')
  })

  test('a table aligns its columns, numbers to the right, and ends no line with a space', () => {
    const rows = [
      ['a', '1', 'x'],
      ['日本', '1,000', ''],
    ]
    expect(table([{ title: 'NAME' }, { title: 'N', right: true }, { title: 'REST' }], rows)).toEqual([
      'NAME      N  REST',
      'a         1  x',
      '日本  1,000',
    ])
  })

  test('a table cuts cells to its width', () => {
    const [line = ''] = table([{ max: 5 }, {}], [['abcdefgh', 'y'.repeat(300)]], 40)
    expect(line).toBe(`abcd…  ${'y'.repeat(32)}…`)
  })

  test('wrapping loses no character', () => {
    const text = `short ${'x'.repeat(250)} end`
    const lines = wrap(text, 100)
    expect(Math.max(...lines.map(columns))).toBeLessThanOrEqual(100)
    expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
  })
})

import { describe, expect, test } from 'vitest'
import { document, parse, told } from './tree.ts'

function tree(list: string | Uint8Array, reference = '../lists/l.csv'): Record<string, string | Uint8Array> {
  return { 'r/q4.yaml': document('Retirement', 'q4', `devicesFrom: [${reference}]`), 'lists/l.csv': list }
}

type Case = readonly [input: string, findings: readonly string[]]

const LISTS: readonly Case[] = [
  [
    '',
    [
      'lists/l.csv:1:1+1 E bad-value: the list names no device | ? an empty list is never taken as "nobody": take it out of devicesFrom if that is meant',
    ],
  ],
  [
    '\n\n',
    [
      'lists/l.csv:1:1+1 E bad-value: the list names no device | ? an empty list is never taken as "nobody": take it out of devicesFrom if that is meant',
    ],
  ],
  [
    '# a, b\n\n',
    [
      'lists/l.csv:1:1+1 E bad-value: the list names no device | ? an empty list is never taken as "nobody": take it out of devicesFrom if that is meant',
    ],
  ],
  [
    'Serial number\n',
    [
      'lists/l.csv:1:1+1 E bad-value: the list names no device | ? an empty list is never taken as "nobody": take it out of devicesFrom if that is meant',
    ],
  ],
  [
    'Serial,Name\n,\n',
    [
      'lists/l.csv:1:1+1 E bad-value: the list names no device | ? an empty list is never taken as "nobody": take it out of devicesFrom if that is meant',
    ],
  ],
  [
    'Name,Model\nx,y\n',
    [
      'lists/l.csv:1:1+4 E bad-value: no column is called serial number, serial, EID or id | ? name it: { file: l.csv, column: \u2026 } | expected: one of the columns "Name", "Model"',
    ],
  ],
  [
    '5CG1,Paris\n',
    [
      'lists/l.csv:1:1+4 E bad-value: no column is called serial number, serial, EID or id | ? name it: { file: l.csv, column: \u2026 } | expected: one of the columns "5CG1", "Paris"',
    ],
  ],
  [
    '5CG1\nB1,Paris\n',
    [
      'lists/l.csv:2:1+8 E bad-value: one device a line is expected, not "B1,Paris" | ? a list with several columns needs a header',
    ],
  ],
  [
    'Name,Serial\nx,A\ny,\n,\nz\n',
    [
      'lists/l.csv:3:3+1 E bad-value: this row has nothing in the column "Serial" | ? write it, or take the row out',
      'lists/l.csv:5:1+1 E bad-value: this row has nothing in the column "Serial" | ? write it, or take the row out',
    ],
  ],
  [
    'Serial,Serial\nA,B\n',
    ['lists/l.csv:1:1+6 E bad-value: two columns are called "Serial" | ? rename one of them'],
  ],
  [
    'Serial,"x\nA,B\n',
    [
      'lists/l.csv:2:1+1 E bad-value: the CSV is not valid: the quotes of this row do not match | ? put a value that holds a quote in quotes, and write the quote twice',
    ],
  ],
  [
    'Serial,x\n A"b,c\n',
    [
      'lists/l.csv:2:1+1 E bad-value: the CSV is not valid: the quotes of this row do not match | ? put a value that holds a quote in quotes, and write the quote twice',
    ],
  ],
  [
    'EID\n\n123\n8.9049E+31\n',
    [
      'lists/l.csv:4:1+10 E bad-value: "8.9049E+31" is not an EID: Excel has rounded it | ? an EID has 32 digits | instead: export the column as text, or use the column "Serial number"',
    ],
  ],
  [
    'EID\n8,9049E+31\n',
    [
      'lists/l.csv:2:1+10 E bad-value: "8,9049E+31" is not an EID: Excel has rounded it | ? an EID has 32 digits | instead: export the column as text, or use the column "Serial number"',
    ],
  ],
  [
    'EID;x\n8,9049E+31;y\n',
    [
      'lists/l.csv:2:1+10 E bad-value: "8,9049E+31" is not an EID: Excel has rounded it | ? an EID has 32 digits | instead: export the column as text, or use the column "Serial number"',
    ],
  ],
  [
    'Serial,x\nA\u200bB,c\n',
    [
      'lists/l.csv:2:1+3 E bad-value: the text holds U+200B, a character nobody sees | ? take it out, or type the text anew',
    ],
  ],
]

describe('a list that is not sound is an error, never an empty list', () => {
  test.each(LISTS)('%j is told exactly', (input, findings) => {
    expect(told(tree(input))).toEqual(findings)
  })
})

const PATHS: readonly Case[] = [
  ['""', ['r/q4.yaml:5:17+2 E bad-value: the list "" is empty | ? write a path relative to this document']],
  [
    '/etc/passwd',
    [
      'r/q4.yaml:5:17+11 E bad-value: the list "/etc/passwd" must be relative to this document | ? keep the list beside the documents: ../lists/field.csv',
    ],
  ],
  [
    'C:\\x.csv',
    [
      'r/q4.yaml:5:17+8 E bad-value: the list "C:\\x.csv" must be relative to this document | ? keep the list beside the documents: ../lists/field.csv',
    ],
  ],
  [
    '..\\lists\\l.csv',
    ['r/q4.yaml:5:17+14 E bad-value: the list "..\\lists\\l.csv" has backslashes | ? write ../lists/l.csv'],
  ],
  [
    '../../x.csv',
    [
      'r/q4.yaml:5:17+11 E bad-value: the list "../../x.csv" leads out of the source path | ? keep the list below the source path, in the same commit',
    ],
  ],
  [
    '../lists/../../../x',
    [
      'r/q4.yaml:5:17+19 E bad-value: the list "../lists/../../../x" leads out of the source path | ? keep the list below the source path, in the same commit',
    ],
  ],
  [
    'https://x/y.csv',
    [
      'r/q4.yaml:5:17+15 E bad-value: the list "https://x/y.csv" must be relative to this document | ? keep the list beside the documents: ../lists/field.csv',
    ],
  ],
  [
    '~/x.csv',
    [
      'r/q4.yaml:5:17+7 E bad-value: the list "~/x.csv" must be relative to this document | ? keep the list beside the documents: ../lists/field.csv',
    ],
  ],
  [
    '../lists/k.csv',
    ['r/q4.yaml:5:17+14 E bad-value: there is no list "../lists/k.csv" | ? did you mean "../lists/l.csv"?'],
  ],
  [
    '../lists',
    [
      'r/q4.yaml:5:17+8 E bad-value: there is no list "../lists" | ? the path is relative to r/q4.yaml and names a file of the same commit: here lists',
    ],
  ],
  [
    'q4.yaml',
    ['r/q4.yaml:5:17+7 E bad-value: "q4.yaml" is a document, not a list | ? a list is a .csv or .txt file'],
  ],
  [
    '{ column: x }',
    ['r/q4.yaml:5:17+13 E missing-key: missing key "file" | expected: file (required), column'],
  ],
  ['{ file: }', ['r/q4.yaml:5:19+4 E missing-key: file has no value']],
  [
    '{ file: ../lists/l.csv, colum: x }',
    [
      'r/q4.yaml:5:41+5 E unknown-key: unknown key "colum" | ? did you mean "column"? | expected: file (required), column',
    ],
  ],
  [
    '{ file: ../lists/l.csv, column: Modell }',
    [
      'r/q4.yaml:5:49+6 E bad-value: lists/l.csv has no column "Modell" | ? did you mean "Model"? | expected: one of the columns "Serial", "Model"',
    ],
  ],
  ['[x]', ['r/q4.yaml:5:17+3 E wrong-type: devicesFrom[0] must be a text or a mapping of keys, not a list']],
]

describe('a list is a plain file of the same commit, below the source path', () => {
  test.each(PATHS)('%j is told exactly', (input, findings) => {
    expect(
      told({
        ...tree('Serial,Model\nA,B\n'),
        'r/q4.yaml': document('Retirement', 'q4', `devicesFrom: [${input}]`),
      }),
    ).toEqual(findings)
  })
})

function devices(list: string | Uint8Array, reference?: string): string[] {
  const { desired, findings } = parse(tree(list, reference))
  expect(findings).toEqual([])
  const [retirement] = desired!.retirements
  return retirement!.select.devices.map(
    ({ text, as, place }) => `${as ?? ''}${text} ${place.line}:${place.column}`,
  )
}

describe('a list is read as people export it', () => {
  test.each([
    ['Serial number\n5CG1\n5CG2', ['5CG1 2:1', '5CG2 3:1']],
    ['Name;Serial_Number;EID\nx;5CG1;8904\n', ['5CG1 2:3']],
    ['a\tserial\nx\t 5CG1\n', ['5CG1 2:4']],
    ['\ufeffID,Name\r\n12,x\r\n\r\n13,y\r\n', ['12 2:1', '13 4:1']],
    ['"Serial number","Na\nme"\n"5CG1","x, ""y"""\n"5CG2",z\n', ['5CG1 3:1', '5CG2 4:1']],
    ['sep=;\nSerial;Name\nA1;x\n', ['A1 3:1']],
    ['# exported, by hand\nSerial,Name\nA1,x\n', ['A1 3:1']],
    ['#,Serial\n1,A1\n', ['A1 2:3']],
    ['EID,Serial number\n8904,A1\n', ['A1 2:6']],
    ['SerialNumber\n0012\n6E12345\n', ['0012 2:1', '6E12345 3:1']],
    ['5CG1\n  5CG2 # Jane, Paris\n# c\n\n"5CG3"\n', ['5CG1 1:1', '5CG2 2:3', '5CG3 5:1']],
    ['serial:5CG1\neid:8904\nid:driver/d-1\n', ['serial5CG1 1:1', 'eid8904 2:1', 'iddriver/d-1 3:1']],
  ])('%j names its devices, each with its place', (list, expected) => {
    expect(devices(list)).toEqual(expected)
  })

  test('a column is found by the title that is asked for, whatever its case', () => {
    const list = 'Asset,Serial\nA1,5CG1\n'
    expect(devices(list, '{ file: ../lists/l.csv, column: Asset }')).toEqual(['A1 2:1'])
    expect(devices(list, '{ file: ../lists/l.csv, column: asset }')).toEqual(['A1 2:1'])
  })

  test('one list serves several documents and is told and counted once', () => {
    const files = {
      ...tree('Serial\n8.9E+31\n'),
      'g.yaml': document('DeviceGroup', 'g', 'devicesFrom: [lists/l.csv]'),
    }
    const { findings, files: read } = parse(files)
    expect(findings.map((finding) => finding.place?.file)).toEqual(['lists/l.csv'])
    expect(read).toBe(3)
  })
})

describe('a list that is no text says what it is', () => {
  test.each([
    [
      'UTF-16 with a byte order mark',
      new Uint8Array([0xff, 0xfe, 65, 0]),
      'the file is UTF-16, not UTF-8 text',
    ],
    ['UTF-16 without one', new TextEncoder().encode('S\0e\0r\0\n\0'), 'the file is UTF-16, not UTF-8 text'],
    [
      'a workbook',
      new Uint8Array([0x50, 0x4b, 3, 4]),
      'the file is a ZIP archive (an Excel workbook, perhaps), not UTF-8 text',
    ],
    ['binary', new Uint8Array([1, 2, 3, 4, 5, 0, 7]), 'the file is binary, not UTF-8 text'],
    ['Latin-1', new Uint8Array([65, 10, 66, 0xe9, 10]), 'the file is not UTF-8 text: this byte is not valid'],
  ])('%s', (_, bytes, message) => {
    expect(parse(tree(bytes)).findings.map((finding) => finding.message)).toEqual([message])
  })

  test('the byte that is not UTF-8 is told by its place', () => {
    const [finding] = parse(tree(new Uint8Array([65, 10, 66, 0xe9, 10]))).findings
    expect(finding?.place).toEqual({ file: 'lists/l.csv', line: 2, column: 2 })
  })
})

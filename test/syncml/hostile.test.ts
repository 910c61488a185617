import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { removeServer } from '../../src/syncml/server-commands.ts'
import { readMessage } from '../../src/syncml/message.ts'
import { writeMessage } from '../../src/syncml/write.ts'
import { WindowsDevice } from './device/device.ts'
import { HEADER } from './talk.ts'

const GOOD = new WindowsDevice().exchange(
  writeMessage(HEADER, [removeServer('7', 'Default', 'smdp.acme.example')]),
)

function message(body: string, head = '<SessionID>1</SessionID><MsgID>1</MsgID>'): string {
  return `<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr>${head}</SyncHdr><SyncBody>${body}<Final/></SyncBody></SyncML>`
}

function status(inner: string): string {
  return message(
    `<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>7</CmdRef><Cmd>Delete</Cmd>${inner}</Status>`,
  )
}

const entities = Array.from({ length: 9 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`).join(
  '',
)

describe('a text from a device', () => {
  it('is read when it is right', () => {
    expect(readMessage(GOOD)).toMatchObject({ kind: 'message', final: true })
    expect(
      readMessage(new TextEncoder().encode(`\ufeff<?xml version="1.0" encoding="utf-8"?>${GOOD}`)),
    ).toMatchObject({
      kind: 'message',
    })
    expect(readMessage(GOOD.replace('SYNCML1.2', 'SYNCML1.1')).kind).toBe('message')
    expect(readMessage(GOOD.replaceAll('><', '>\r\n<'))).toMatchObject({ kind: 'message' })
  })

  it.each([
    [
      'a billion laughs',
      'not-xml',
      `<!DOCTYPE x [<!ENTITY l0 "ha">${entities}]>${message('<Alert>&l9;</Alert>')}`,
    ],
    ['entities that nobody uses', 'doctype', `<!DOCTYPE x [<!ENTITY l0 "ha">${entities}]>${GOOD}`],
    ['a document type from elsewhere', 'doctype', `<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">${GOOD}`],
    [
      'a file behind an entity',
      'not-xml',
      `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>${status('<Data>&f;</Data>')}`,
    ],
    ['10 MB', 'too-large', message('<Alert/>'.repeat(1_250_000))],
    ['one megabyte and one', 'too-large', ' '.repeat(1_048_577)],
    ['elements without number', 'too-many', message('<Alert/>'.repeat(21_000))],
    ['elements without end', 'too-deep', '<a>'.repeat(120_000) + '</a>'.repeat(120_000)],
    ['elements too deep', 'too-deep', message('<Alert>'.repeat(20) + '</Alert>'.repeat(20))],
    ['an element that is not closed', 'not-xml', GOOD.replace('</SyncBody>', '')],
    ['half a message', 'not-xml', GOOD.slice(0, GOOD.length / 2)],
    ['two messages', 'not-xml', GOOD + GOOD],
    ['an entity that does not exist', 'not-xml', status('<Data>&nbsp;</Data>')],
    ['a reference to no character', 'not-xml', status('<Data>&#0;</Data>')],
    ['a control character', 'not-xml', status('<Data>\u0007</Data>')],
    ['half a character', 'not-xml', status('<Data>\ud800</Data>')],
    ['an attribute twice', 'not-xml', GOOD.replace('<SyncML ', '<SyncML xmlns="SYNCML:SYNCML1.2" ')],
    ['a declared UTF-16', 'not-utf8', `<?xml version="1.0" encoding="UTF-16"?>${GOOD}`],
    ['a declared Latin-1', 'not-utf8', `<?xml version="1.0" encoding="iso-8859-1"?>${GOOD}`],
    ['nothing', 'not-xml', ''],
    ['JSON', 'not-xml', '{"status":"200"}'],
    ['HTML of a proxy', 'not-syncml', '<html><body>Sign in</body></html>'],
    ['another namespace', 'not-syncml', GOOD.replace('SYNCML:SYNCML1.2', 'SYNCML:SYNCML2.0')],
    ['no namespace', 'not-syncml', GOOD.replace(' xmlns="SYNCML:SYNCML1.2"', '')],
    ['a prefix', 'not-syncml', '<s:SyncML xmlns:s="SYNCML:SYNCML1.2"/>'],
    ['no header', 'not-syncml', '<SyncML xmlns="SYNCML:SYNCML1.2"><SyncBody/></SyncML>'],
    ['two bodies', 'not-syncml', GOOD.replace('</SyncML>', '<SyncBody/></SyncML>')],
    ['a header without its ids', 'not-syncml', message('', '<VerDTD>1.2</VerDTD>')],
    [
      'a session id twice',
      'not-syncml',
      message('', '<SessionID>1</SessionID><SessionID>2</SessionID><MsgID>1</MsgID>'),
    ],
    ['a status of words', 'not-syncml', status('<Data>OK</Data>')],
    ['a status of four digits', 'not-syncml', status('<Data>2000</Data>')],
    ['a status in pieces', 'not-syncml', status('<Data>20<b/>0</Data>')],
    ['two statuses in one', 'not-syncml', status('<Data>200</Data><Data>500</Data>')],
    ['a status of two commands', 'not-syncml', status('<CmdRef>8</CmdRef><Data>200</Data>')],
    ['results of nothing', 'not-syncml', message('<Results><Item><Data>1</Data></Item></Results>')],
    [
      'results with a subtree as data',
      'not-syncml',
      message('<Results><CmdRef>7</CmdRef><Item><Data><a/></Data></Item></Results>'),
    ],
    [
      'a chunk of a value',
      'incomplete',
      message('<Results><CmdRef>7</CmdRef><Item><Data>a</Data><MoreData/></Item></Results>'),
    ],
    ['something after the end', 'not-syncml', message('<Final/>')],
    ['a command that no device sends', 'not-syncml', message('<Exec/>')],
  ])('is refused with %s', (_, code, text) => {
    expect(readMessage(text)).toMatchObject({ kind: 'trouble', code })
  })

  it.each([
    ['UTF-16', Uint8Array.from([0xff, 0xfe, ...Buffer.from(GOOD, 'utf16le')])],
    ['Latin-1', Buffer.from(status('<Data>\u00e9</Data>'), 'latin1')],
    ['an overlong form', Uint8Array.from([...Buffer.from('<a>'), 0xc0, 0xaf, ...Buffer.from('</a>')])],
  ])('is refused in %s', (_, bytes) => {
    expect(readMessage(bytes)).toMatchObject({ kind: 'trouble', code: 'not-utf8' })
  })

  it('is refused with the place of the fault', () => {
    const lines = GOOD.replaceAll('><', '>\n<').replace('<Data>404</Data>', '<Data>four</Data>').split('\n')
    const line = lines.findIndex((each) => each.includes('four')) + 1
    expect(readMessage(lines.join('\r\n'))).toMatchObject({ code: 'not-syncml', place: { line, column: 1 } })
    expect(readMessage('<a>\n  <b></a>')).toMatchObject({ code: 'not-xml', place: { line: 2, column: 6 } })
    expect(readMessage(`\n\n<!DOCTYPE a><a/>`)).toMatchObject({
      code: 'doctype',
      place: { line: 3, column: 1 },
    })
  })

  it('is refused in words of a bounded length', () => {
    const refused = readMessage(`<a>&${'x'.repeat(500_000)};</a>`)
    expect(refused.kind === 'trouble' && refused.message.length).toBeLessThan(250)
  })

  it('may hold a flood of line ends, which is read in one go', () => {
    expect(readMessage(status(`<Data>200</Data>${'\r'.repeat(900_000)}`))).toMatchObject({ kind: 'message' })
  })

  it('never makes the reader throw, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()), (input) => {
        expect(['message', 'trouble']).toContain(readMessage(input).kind)
      }),
      { numRuns: 500 },
    )
  })

  it('never makes the reader throw, however a good one was damaged', () => {
    const damage = fc.tuple(
      fc.nat(GOOD.length),
      fc.nat(40),
      fc.oneof(
        fc.string(),
        fc.constantFrom('<', '>', '&', '</', ']]>', '<![CDATA[', '<!--', '<?', '\r', 'Status', '\ud83d'),
      ),
    )
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) => {
        const text = damages.reduce(
          (all, [at, length, put]) => all.slice(0, at) + put + all.slice(at + length),
          GOOD,
        )
        expect(['message', 'trouble']).toContain(readMessage(text).kind)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('what a device tells of itself', () => {
  it('breaks nothing: alerts of any type, and its own commands, are read past', () => {
    const body = [
      '<Alert><CmdID>2</CmdID><Data>1226</Data><Item><Meta><Type xmlns="syncml:metinf">com.microsoft.mdm.euiccs.profilestate</Type></Meta><Data>?</Data></Item></Alert>',
      '<Alert><CmdID>3</CmdID><Data>1201</Data></Alert>',
      '<Alert><Data>what</Data></Alert>',
      '<Replace><CmdID>4</CmdID><Item><Source><LocURI>./DevInfo/DevId</LocURI></Source><Data>x</Data></Item></Replace>',
    ].join('')
    const read = readMessage(message(body))
    expect(read).toMatchObject({
      kind: 'message',
      statuses: [],
      alerts: [{ code: 1226, type: 'com.microsoft.mdm.euiccs.profilestate' }, { code: 1201 }, {}],
    })
  })
})

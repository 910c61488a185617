/** What a status means for a step. None of them is proof: `done` is the MDM's word, and the device is looked at. */
export type StatusVerdict = 'done' | 'pending' | 'failed' | 'failed-for-good'

/** One status code of OMA DM as Windows uses it. */
export type StatusRow = {
  readonly code: number
  /** What Windows means by it (OMA DM protocol support, "SyncML response status codes"). */
  readonly meaning: string
  readonly verdict: StatusVerdict
  /** For a person: what follows. */
  readonly treatment: string
}

/** Every status code of Microsoft's table, in its order, and 424, which OMA DM adds. */
export const STATUS_CODES: readonly StatusRow[] = [
  row(200, 'done', 'done', 'the node was set; that an eSIM was downloaded or erased, the device must show'),
  row(
    202,
    'accepted, still to be carried out',
    'done',
    'as 200: no second status follows, the device must show it',
  ),
  row(212, 'authentication accepted', 'pending', 'it speaks of the session, not of the command'),
  row(214, 'done, and no further command of this session', 'done', 'what came after it is sent again'),
  row(215, 'not executed: a user cancelled it', 'failed', 'it is tried again'),
  row(216, 'rolled back with its Atomic', 'failed', 'another command of the Atomic is the cause'),
  row(400, 'malformed', 'failed-for-good', 'this is a fault of simplane: report it'),
  row(401, 'invalid credentials', 'failed', 'the session must authenticate again'),
  row(403, 'forbidden', 'failed-for-good', 'allow it on the device or in the MDM'),
  row(
    404,
    'no such node',
    'failed',
    'no eUICC, its modem is off, or Windows is too old; it is tried again, slowly',
  ),
  row(
    405,
    'command not allowed',
    'failed-for-good',
    'the node cannot be written like this; IsDiscoveryServer needs Windows build 22621',
  ),
  row(406, 'optional feature not supported', 'failed-for-good', 'this build of Windows lacks the node'),
  row(415, 'unsupported type or format', 'failed-for-good', 'this is a fault of simplane: report it'),
  row(418, 'exists already', 'failed', 'nothing was downloaded: it must be deleted and added anew'),
  row(424, 'size mismatch', 'failed', 'the value did not arrive whole; it is tried again'),
  row(425, 'permission denied', 'failed-for-good', 'the MDM has no right to this node'),
  row(500, 'failed, with no further reason', 'failed', 'it is tried again a few times'),
  row(507, 'the Atomic failed', 'failed', 'one of its commands is the cause'),
  row(
    516,
    'the Atomic failed and could not be rolled back',
    'failed',
    'what is on the device is not known: it is read before anything else',
  ),
]

function row(code: number, meaning: string, verdict: StatusVerdict, treatment: string): StatusRow {
  return { code, meaning, verdict, treatment }
}

/** The row of a code; one that no table lists is judged by its first digit. */
export function statusRow(code: number): StatusRow {
  return STATUS_CODES.find((each) => each.code === code) ?? unlisted(code)
}

function unlisted(code: number): StatusRow {
  if (code < 200) return row(code, 'in progress', 'pending', 'it is asked again')
  if (code < 300) return row(code, 'done, in a way that no table names', 'done', 'the device must show it')
  if (code < 400) return row(code, 'redirected', 'failed', 'it is tried again')
  if (code < 500)
    return row(
      code,
      'refused, for a reason that no table names',
      'failed-for-good',
      'look the code up in OMA DM',
    )
  return row(code, 'failed, for a reason that no table names', 'failed', 'it is tried again a few times')
}

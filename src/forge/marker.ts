/** Does the text end with the marker, on a line of its own? One that only speaks of it further up does not. */
export function carriesMarker(body: string, marker: string): boolean {
  const lines = normal(body).split('\n')
  return lines.at(-1)?.trim() === marker
}

/** The same text for a reader: forges rewrite line ends, and the space at the end. */
export function saysTheSame(one: string, other: string): boolean {
  return normal(one) === normal(other)
}

function normal(text: string): string {
  return text.replaceAll('\r\n', '\n').trimEnd()
}

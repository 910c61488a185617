import { SimplaneError } from '../domain/error.ts'

/** What XML 1.0 lets a text hold: no control characters but tab and newline, no half of a surrogate pair. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

/** Can XML hold this text at all? */
export function isXmlText(text: string): boolean {
  return !FORBIDDEN.test(text)
}

/** Text as the content of an element. A CR is written as a reference, or a reader would make a newline of it. */
export function escapeText(text: string): string {
  if (!isXmlText(text)) throw new SimplaneError('internal', 'A text for a device holds what XML cannot.')
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;')
}

/** One element around XML that is already written. `name` and `namespace` are ours, never given. */
export function element(name: string, inner: string, namespace?: string): string {
  const start = namespace === undefined ? name : `${name} xmlns="${namespace}"`
  return inner === '' ? `<${start}/>` : `<${start}>${inner}</${name}>`
}

/** One element around a text. */
export function textElement(name: string, text: string, namespace?: string): string {
  return element(name, escapeText(text), namespace)
}

/** Styles a text for a terminal. Words and symbols carry the meaning; a style only helps the eye. */
export interface Paint {
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
  dim(text: string): string
  bold(text: string): string
}

function asIs(text: string): string {
  return text
}

function sgr(open: number, close: number): (text: string) => string {
  return (text) => (text === '' ? '' : `\u001b[${open}m${text}\u001b[${close}m`)
}

/** No styles: files, pipes, `NO_COLOR`. */
export const plainPaint: Paint = { red: asIs, green: asIs, yellow: asIs, cyan: asIs, dim: asIs, bold: asIs }

/** ANSI styles. */
export const colourPaint: Paint = {
  red: sgr(31, 39),
  green: sgr(32, 39),
  yellow: sgr(33, 39),
  cyan: sgr(36, 39),
  dim: sgr(2, 22),
  bold: sgr(1, 22),
}

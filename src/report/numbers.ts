/** A count for people: `55,000`. */
export function count(n: number): string {
  const digits = String(Math.trunc(Math.abs(n)))
  return (n < 0 ? '-' : '') + digits.replace(/\B(?=(\d{3})+$)/g, ',')
}

/** A count with its noun: `1 device`, `2,951 devices`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`
}

/** A size for people: `392 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1_000_000) return `${count(Math.ceil(bytes / 1_000))} kB`
  if (bytes < 10_000_000_000) return `${count(Math.round(bytes / 1_000_000))} MB`
  return `${count(Math.round(bytes / 1_000_000_000))} GB`
}

/** A path below the source folder, or why it is none. */
export type Target = { readonly path: string } | { readonly problem: string; readonly hint: string }

/** The file that a document means by a relative path. Never outside the source folder. */
export function pathFrom(document: string, written: string): Target {
  if (written.trim() === '') return { problem: 'is empty', hint: 'write a path relative to this document' }
  if (/^([a-z][-a-z0-9+.]*:|\/|\\|~)/i.test(written)) {
    return {
      problem: 'must be relative to this document',
      hint: 'keep the list beside the documents: ../lists/field.csv',
    }
  }
  if (written.includes('\\'))
    return { problem: 'has backslashes', hint: `write ${written.replaceAll('\\', '/')}` }
  const steps = document.split('/').slice(0, -1)
  for (const step of written.split('/')) {
    if (step === '' || step === '.') continue
    if (step !== '..') steps.push(step)
    else if (steps.pop() === undefined) {
      return {
        problem: 'leads out of the source path',
        hint: 'keep the list below the source path, in the same commit',
      }
    }
  }
  return { path: steps.join('/') }
}

/** How a document writes the path of another file. */
export function pathTo(document: string, file: string): string {
  const from = document.split('/').slice(0, -1)
  const to = file.split('/')
  while (from.length > 0 && to.length > 1 && from[0] === to[0]) {
    from.shift()
    to.shift()
  }
  return [...from.map(() => '..'), ...to].join('/')
}

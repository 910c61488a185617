import picomatch from 'picomatch'
import type { ListedFile } from '../domain/source.ts'
import { compareText } from '../domain/text.ts'

/** Documents are `.yaml`, `.yml` and `.json`, whatever their case, outside dot-files and dot-folders. */
export function isDocumentPath(path: string): boolean {
  return /\.(ya?ml|json)$/i.test(path) && !path.startsWith('.') && !path.includes('/.')
}

export function isJsonPath(path: string): boolean {
  return /\.json$/i.test(path)
}

/** The files that must be documents: those `ignore` (globs relative to the source path) does not name. By path, code points. */
export function documentFiles<File extends ListedFile>(
  files: readonly File[],
  ignore: readonly string[],
): readonly File[] {
  const globs = ignore.filter((glob) => glob !== '')
  const ignored = globs.length === 0 ? () => false : picomatch(globs, { dot: true })
  return files
    .filter((file) => isDocumentPath(file.path) && !ignored(file.path))
    .toSorted((a, b) => compareText(a.path, b.path))
}

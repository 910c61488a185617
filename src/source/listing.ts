import type { ListedFile, SourceFile } from '../domain/source.ts'

/** The files whose bytes are at hand, in their order. */
export function withBytes(
  files: readonly ListedFile[],
  bytes: ReadonlyMap<string, Uint8Array>,
): readonly SourceFile[] {
  return files.flatMap(({ path, blob }) => {
    const content = bytes.get(blob)
    return content === undefined ? [] : [{ path, blob, bytes: content }]
  })
}

/** Paths below the root joined with `/`, and what stands there; interior nodes have no data. */
export type Tree = Map<string, string | undefined>

/** The names right below a path. */
export function childrenOf(tree: Tree, path: string): string[] {
  const start = path === '' ? '' : `${path}/`
  const names = [...tree.keys()]
    .filter((each) => each !== '' && each.startsWith(start) && each.length > start.length)
    .map((each) => each.slice(start.length).split('/')[0] ?? '')
  return [...new Set(names)]
}

/** Removes a node and what is below it. */
export function cut(tree: Tree, path: string): void {
  for (const each of tree.keys()) if (each === path || each.startsWith(`${path}/`)) tree.delete(each)
}

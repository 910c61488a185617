/**
 * The text without anything that GitLab would carry out: a line that begins with a slash and a word, `/merge`, is a
 * command there (docs.gitlab.com/user/project/quick_actions). Markdown shows an escaped slash as a slash.
 */
export function withoutQuickActions(text: string): string {
  return text.replaceAll(/^([^\S\n]*)\/(?=\p{L})/gmu, String.raw`$1\/`)
}

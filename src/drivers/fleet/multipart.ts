/** A form as browsers send it (RFC 7578). Values and names are ours: ASCII, on one line, without quotes. */
export type Form = { readonly contentType: string; readonly body: string }

/** A file of a form. */
export type FormFile = { readonly field: string; readonly name: string; readonly text: string }

/** Writes a form; the boundary must not occur in the file. */
export function writeForm(
  boundary: string,
  fields: readonly (readonly [name: string, value: string])[],
  file: FormFile,
): Form {
  const parts = fields.map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  const disposition = `Content-Disposition: form-data; name="${file.field}"; filename="${file.name}"`
  const upload = `--${boundary}\r\n${disposition}\r\nContent-Type: application/octet-stream\r\n\r\n${file.text}\r\n`
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: `${parts.join('')}${upload}--${boundary}--\r\n`,
  }
}

// Writes the .rendered.json goldens again, for a person to read in the diff: npx node test/goldens/formats/regenerate.ts
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { goldenFolder, listFormatCases, readSample, renderAllFormats } from '../../shards/format-cases.ts'

if (process.env['CI']) throw new Error('expected a person who reads the diff, got CI: set no CI variable')
for (const name of await listFormatCases()) {
  const rendered = renderAllFormats(await readSample(name))
  await writeFile(join(goldenFolder, `${name}.rendered.json`), `${JSON.stringify(rendered, null, 2)}\n`)
}

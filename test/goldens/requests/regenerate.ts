// Writes the goldens again, for a person to read in the diff: npx node test/goldens/requests/regenerate.ts
import { writeFile } from 'node:fs/promises'
import { goldenPath, renderGolden, renderRequests } from '../../guidance/rendered-requests.ts'

if (process.env['CI']) throw new Error('expected a person who reads the diff, got CI: set no CI variable')
for (const [id, requests] of await renderRequests()) await writeFile(goldenPath(id), renderGolden(requests))

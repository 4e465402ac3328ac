import { z } from 'zod'
import { runPart } from './run-part.ts'

export const measurementSchema = z.object({
  wallS: z.number(),
  cpuS: z.number(),
  peakRssMb: z.number(),
  requests: z.number(),
})
export type Measurement = z.infer<typeof measurementSchema>

export type PartOptions = { readonly folder: string; readonly baseUrl: string; readonly concurrency: number }

/** Runs overhead-part.ts in a process of its own, so that no part inherits another's heap, and prints its line. */
export async function measurePart(
  name: string,
  part: readonly string[],
  { folder, baseUrl, concurrency }: PartOptions,
): Promise<Measurement> {
  const args = [folder, baseUrl, String(concurrency), ...part]
  const measured = measurementSchema.parse(await runPart('overhead-part.ts', args))
  printMeasured(name, measured)
  return measured
}

export function printMeasured(name: string, { wallS, cpuS, requests, peakRssMb }: Measurement): void {
  const perThousand = requests === 0 ? '' : `, ${((cpuS / requests) * 1000).toFixed(3)} CPU s per 1,000`
  process.stdout.write(
    `${name.padEnd(34)} ${wallS.toFixed(1)} s wall, ${cpuS.toFixed(1)} s CPU, ${requests} requests${perThousand}, ${Math.round(peakRssMb)} MB\n`,
  )
}

export function ratio(a: number, b: number): string {
  return (a / b).toFixed(2)
}

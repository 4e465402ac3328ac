/* For `node --import`: says on the last line of stderr what the process took; with COUNT_MODULES also what it loaded. */
import { registerHooks } from 'node:module'

let modules = 0
if (process.env['COUNT_MODULES'] !== undefined) {
  registerHooks({
    load(url, context, next) {
      modules += 1
      return next(url, context)
    },
  })
}
process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const usage = { cpuS: (userCPUTime + systemCPUTime) / 1e6, peakRssMb: maxRSS / 1024, modules }
  process.stderr.write(`\n${JSON.stringify(usage)}\n`)
})

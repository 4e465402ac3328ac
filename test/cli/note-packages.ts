import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

/**
 * For `node --import`: when the process ends, the file that NOTED_PACKAGES names holds the packages that it loaded
 * anything of, as JSON.
 */
const packages = new Set<string>()
registerHooks({
  load(url, context, next) {
    const [name] = /(?<=.*\/node_modules\/)(?:@[^/]+\/)?[^/]+/.exec(url) ?? []
    if (name !== undefined) packages.add(name)
    return next(url, context)
  },
})
process.on('exit', () => writeFileSync(process.env['NOTED_PACKAGES'] ?? '', JSON.stringify([...packages])))

/** `conformance`: a folder of control-code sources with expectations, each assembled and compared. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { runConformance } from '../../languages/control/conformance.ts'
import { parseArguments, UsageError } from './arguments.ts'

export function conformanceCommand(words: readonly string[]): number {
  const [folder] = parseArguments(words, [], []).positional
  if (folder === undefined) throw new UsageError('conformance needs a folder with a manifest.json')
  const manifest = join(folder, 'manifest.json')
  if (!existsSync(manifest)) throw new UsageError(`there is no '${manifest}'`)
  const read = (path: string): Buffer | undefined => {
    const file = join(folder, path)
    return path !== '' && statSync(file, { throwIfNoEntry: false })?.isFile()
      ? readFileSync(file)
      : undefined
  }
  const results = runConformance(JSON.parse(readFileSync(manifest, 'utf8')), {
    text: (path) => read(path)?.toString('utf8'),
    bytes: read,
  })
  for (const { name, outcome, detail } of results)
    process.stdout.write(`${outcome}  ${name}  ${detail}\n`)
  const count = (outcome: string) => results.filter((r) => r.outcome === outcome).length
  process.stdout.write(
    `${count('pass')} passed, ${count('fail')} failed, ${count('skip')} skipped\n`,
  )
  return count('fail') === 0 ? 0 : 1
}

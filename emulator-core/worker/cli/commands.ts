/** The commands, and which of them a line of words means. */
import { spawnSync } from 'node:child_process'
import { asmCommand } from './asm.ts'
import { checkCommand } from './check.ts'
import { conformanceCommand } from './conformance.ts'
import { disasmCommand } from './disasm.ts'
import { UsageError } from './arguments.ts'
import { importCommand } from './import.ts'
import { lowerCommand } from './lower.ts'
import { runCommand } from './run.ts'
import { smiCommand } from './smi.ts'

const usage = `usage: tilescope <command>

  run DIR [--device P] [--json] [--dump NAME=FILE]... [--max-cycles N] [--engine jit|interpreter] [--trace FILE]
  check FILE... [-I DIR]... [--define N=V]... [--device P] [--json]
  asm FILE [-o OUT.elf] [--pages OUT.hex] [-I DIR]... [--rules 2025|2026] [--target T]
  disasm FILE.elf|FILE.hex [-o FOLDER] [--target T]
  lower DIR [--stage physical|control|core] [--device P] [--json]
  smi DIR [--report NAME]... [--vf N] [--device P] [--json]
  import FILE [--json]
  bench [NAME]
  conformance DIR
`

/** Exit code of our own bug. */
const bugCode = 4
/** Exit code of sources or words with errors. */
const mistakeCode = 2

const commands: Readonly<Record<string, (words: readonly string[]) => number | Promise<number>>> = {
  run: runCommand,
  check: checkCommand,
  asm: asmCommand,
  disasm: disasmCommand,
  lower: lowerCommand,
  smi: smiCommand,
  import: importCommand,
  bench: benchCommand,
  conformance: conformanceCommand,
}

/** The bench is a program of its own: it measures, the core does not. */
function benchCommand(words: readonly string[]): number {
  const run = spawnSync(process.execPath, [...process.execArgv, 'bench/main.ts', ...words], {
    stdio: 'inherit',
  })
  return run.status ?? bugCode
}

/** Does what `words` say; writes to the process's streams; returns the exit code. Throws on nothing. */
export async function execute(words: readonly string[]): Promise<number> {
  try {
    const [name = '', ...rest] = words
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (command) return await command(rest)
    process.stderr.write(usage)
    return mistakeCode
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n${usage}`)
      return mistakeCode
    }
    process.stderr.write(
      `internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    )
    return bugCode
  }
}

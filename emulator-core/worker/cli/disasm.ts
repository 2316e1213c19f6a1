/** `disasm`: a control ELF or a page file as readable control code. */
import { join } from 'node:path'
import type { ControlTarget } from '../../device/abi/control-code.ts'
import { controlTargets } from '../../device/abi/control-code.ts'
import { instanceName } from '../../artifacts/control-elf.ts'
import { disassemble } from '../../languages/control/disassemble.ts'
import { codeOfPages } from '../../languages/control/unpack/bare.ts'
import { readControlElf } from '../../languages/control/unpack/control-elf.ts'
import { readPagesHex } from '../../languages/control/unpack/hex.ts'
import { disassembleInstance, sourcesOf } from '../../languages/control/unpack/sources.ts'
import { formatDiagnostic, Source } from '../../languages/text/source.ts'
import type { Diagnostic } from '../../sim/diagnostics.ts'
import { parseArguments, UsageError, valueOf } from './arguments.ts'
import { makeFolder, readNamed, writeNamed } from './files.ts'

/** Prints the text of every program of a file; with `-o` writes the sources that make the file again into a folder. */
export function disasmCommand(words: readonly string[]): number {
  const args = parseArguments(words, [], ['-o', '--target'])
  const [file] = args.positional
  if (file === undefined || args.positional.length > 1)
    throw new UsageError('disasm needs one file')
  const word = valueOf(args, '--target')
  const target = controlTargets.find((known) => known === word)
  if (word !== undefined && !target) throw new UsageError(`unknown target '${word}'`)
  if (file.endsWith('.hex')) return disasmPages(file, target)
  const { artifact, diagnostics } = readControlElf(readNamed(file), file, target)
  tell(diagnostics, file, '')
  if (!artifact) return 2
  const folder = valueOf(args, '-o')
  if (folder !== undefined) {
    makeFolder(folder)
    for (const [name, content] of sourcesOf(artifact)) writeNamed(join(folder, name), content)
    return 0
  }
  for (const instance of artifact.instances) {
    const { text } = disassembleInstance(artifact, instance, file)
    const isOne = artifact.instances.length === 1
    process.stdout.write(isOne ? text : `; ==== ${instanceName(instance)}\n${text}\n`)
  }
  return 0
}

/** A page file names no uC: its first run of pages is taken for uC 0, the next for the next column's uC. */
function disasmPages(file: string, target: ControlTarget | undefined): number {
  const source = readNamed(file).toString('utf8')
  const { runs, diagnostics } = readPagesHex(source, file)
  tell(diagnostics, file, source)
  if (runs.length === 0) return 2
  const list = runs.map((pages, i) => ({ uc: 2 * i, pages }))
  const code = codeOfPages(list, target ?? 'aie4-a')
  const head = [`pages without a container: which uC runs them is a guess`]
  const options = { head: runs.length > 1 ? head : [], isTargetGuessed: target === undefined }
  process.stdout.write(disassemble(code, file, options).text)
  return 0
}

/** Diagnostics of bytes name the byte; those of text a line. */
function tell(diagnostics: readonly Diagnostic[], file: string, text: string): void {
  const sources = new Map([[file, new Source(file, text)]])
  for (const d of diagnostics) process.stderr.write(`${formatDiagnostic(d, sources)}\n`)
}

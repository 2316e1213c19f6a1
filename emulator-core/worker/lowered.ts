/** Lowered control code as text: one source for each command, of which an assembler makes the very pages that run. */
import type { ControlCode } from '../artifacts/control-code.ts'
import { disassemble } from '../languages/control/disassemble.ts'
import type { Built } from './build.ts'
import { controlRoot } from './control-programs.ts'

export interface LoweredProgram {
  /** The texts of its uCs, or of all of them as one where the build made none. */
  readonly files: readonly { readonly name: string; readonly text: string }[]
  /** All of it as one source. */
  readonly source: string
}

/** The control code of a command: what the build generated, else its pages as text. */
export function loweredProgram(code: ControlCode, built: Pick<Built, 'generated'>): LoweredProgram {
  const names = new Set(code.ucs.flatMap((uc) => uc.places.map((place) => place.at.file)))
  names.delete(controlRoot)
  const files = [...names].map((name) => ({ name, text: built.generated.get(name)?.text ?? '' }))
  if (files.some(({ text }) => text === '')) {
    const name = [...names].join('+')
    const { text } = disassemble(code, name)
    return { files: [{ name, text }], source: headed(name, text) }
  }
  // What follows the data of one uC is text again.
  const source = files.map(({ name, text }) => headed(name, text)).join('.section .ctrltext\n')
  return { files, source }
}

function headed(name: string, text: string): string {
  return `; ==== ${name}\n${text}\n`
}

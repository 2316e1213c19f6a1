/** Control code on disk: files are read when the assembler asks for them, under absolute names. */
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import type { ElfOptions } from '../../languages/control/assemble-elf.ts'
import { readIfFile } from './files.ts'
import { LazyFiles } from '../../languages/control/lazy-files.ts'
import { Source } from '../../languages/text/source.ts'
import type { Diagnostic } from '../../sim/diagnostics.ts'

export class ControlFiles {
  /** Absolute name of the file that is assembled. */
  readonly main: string
  readonly options: Pick<ElfOptions, 'files' | 'binaries' | 'include'>
  private readonly texts: LazyFiles<string>
  private readonly isAbsolute: boolean

  constructor(file: string, include: readonly string[]) {
    this.main = resolve(file)
    this.isAbsolute = isAbsolute(file)
    this.texts = new LazyFiles((name) => bytesOf(name)?.toString('utf8'))
    const binaries = new LazyFiles((name) => plain(bytesOf(name)))
    const folders = [dirname(this.main), ...include.map((folder) => resolve(folder))]
    this.options = { files: this.texts, binaries, include: folders }
  }

  /** The diagnostics with names as the person wrote them, and the sources by those names. */
  shown(diagnostics: readonly Diagnostic[]): {
    readonly diagnostics: readonly Diagnostic[]
    readonly sources: ReadonlyMap<string, Source>
  } {
    const sources = new Map<string, Source>()
    for (const [name, text] of this.texts) {
      const shown = this.shownName(name)
      sources.set(shown, new Source(shown, text))
    }
    const renamed = diagnostics.map((d) => ({
      ...d,
      at: { ...d.at, file: this.shownName(d.at.file) },
      notes: d.notes.map((note) =>
        note.at ? { ...note, at: { ...note.at, file: this.shownName(note.at.file) } } : note,
      ),
    }))
    return { diagnostics: renamed, sources }
  }

  private shownName(name: string): string {
    return this.isAbsolute ? name : relative('.', name)
  }
}

/** A copy without the pool that small buffers of Node share. */
function plain(bytes: Buffer | undefined): Uint8Array | undefined {
  return bytes && Uint8Array.from(bytes)
}

function bytesOf(name: string): Buffer | undefined {
  return isAbsolute(name) ? readIfFile(name) : undefined
}

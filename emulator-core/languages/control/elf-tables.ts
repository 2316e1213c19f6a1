/** Tables of an ELF file that grow entry by entry: strings and symbols. */
import { controlElf } from '../../device/abi/control-elf.ts'

/** Strings end to end, each with a zero behind it, nothing shared; empty until the first one is added. */
export class StringTable {
  private text = ''

  /** Adds a string and gives its place. */
  add(text: string): number {
    if (this.text === '') this.text = '\0'
    const at = this.text.length
    this.text += `${text}\0`
    return at
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.text, (c) => c.charCodeAt(0) & 0xff)
  }
}

/** Symbols of value and size zero; the null symbol comes with the first one. */
export class SymbolTable {
  private readonly strings: StringTable
  /** Four words each. */
  private readonly words: number[] = []

  constructor(strings: StringTable) {
    this.strings = strings
  }

  /** Adds a symbol that belongs to `section` and gives its number. */
  add(name: string, binding: number, type: number, section: number): number {
    if (this.words.length === 0) this.words.push(0, 0, 0, 0)
    const info = (binding << 4) | type
    this.words.push(this.strings.add(name), 0, 0, (info | (section << 16)) >>> 0)
    return this.words.length / 4 - 1
  }

  bytes(): Uint8Array {
    const view = new DataView(
      new ArrayBuffer((this.words.length / 4) * controlElf.header.symbolBytes),
    )
    this.words.forEach((word, i) => view.setUint32(4 * i, word, true))
    return new Uint8Array(view.buffer)
  }
}

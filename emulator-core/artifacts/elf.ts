/**
 * ELF32 as plain data: what the writer lays out and a reader finds again.
 *
 *     languages/control ──▶ ElfFile ──▶ elf-write.ts ──▶ bytes ──▶ reader ──▶ ElfFile
 *
 * Section 0, the null section, is left out of the list and counts as number 0: the first section of the
 * list is number 1.
 */

export interface ElfSection {
  readonly name: string
  readonly type: number
  readonly flags: number
  readonly address: number
  readonly align: number
  readonly entryBytes: number
  /** Number of another section, 0 for none. */
  readonly link: number
  readonly info: number
  readonly bytes: Uint8Array
}

export interface ElfSegment {
  readonly type: number
  readonly flags: number
  readonly address: number
  readonly align: number
  /** Number of the section it covers; 0: none, as for the program headers themselves. */
  readonly section: number
}

export interface ElfFile {
  readonly osAbi: number
  readonly abiVersion: number
  readonly machine: number
  readonly sections: readonly ElfSection[]
  readonly segments: readonly ElfSegment[]
}

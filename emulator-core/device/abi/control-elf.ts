/**
 * Control ELF: the container that carries control code from the assembler to the loader.
 *
 *     languages/control ── ELF32, little endian ──▶ runtime (pages, relocations, groups of an instance)
 *
 * Numbers of the container only; what the pages inside mean is in control-code.ts, and where a relocation
 * keeps its address is in patch.ts.
 */
import { fact, guess, resolve } from '../fact.ts'
import type { ControlTarget } from './control-code.ts'

export const controlElfFacts = {
  header: {
    bytes: fact(52, 'elf'),
    segmentBytes: fact(32, 'elf'),
    sectionBytes: fact(40, 'elf'),
    symbolBytes: fact(16, 'elf'),
    relocationBytes: fact(12, 'elf', 'with addend; symbol number in bits 31:8, schema in bits 7:0'),
    dynamicBytes: fact(8, 'elf'),
    wordBytes: fact(4, 'elf'),
    magic: fact(0x464c_457f, 'elf'),
    class32: fact(1, 'elf'),
    littleEndian: fact(1, 'elf'),
    version: fact(1, 'elf'),
    executable: fact(2, 'elf', 'ET_EXEC'),
  },
  machine: {
    before2026: fact(1, 'aiebu-elf', 'EM_M32, until the middle of 2026'),
    now: fact(269, 'aiebu-elf'),
  },
  /** Byte 7 of the file by how it was made. */
  osAbi: {
    plain2025: fact(0x40, 'aiebu-elf', 'AIE2PS without configuration, February 2025'),
    generic: fact(0x46, 'aiebu-elf', 'no configuration, or no .target line'),
    byTarget: fact<Readonly<Record<ControlTarget, number>>>(
      { aie2ps: 0x40, aie4: 0x4b, 'aie4-a': 0x56, 'aie4-z': 0x69 },
      'aiebu-elf',
      'configuration with a .target line',
    ),
  },
  /** Byte 8 of the file: which sections to expect. */
  abiVersion: {
    plain: fact(0x02, 'aiebu-elf', 'sections by page, one program'),
    grouped: fact(0x03, 'aiebu-elf', 'sections by page, one group for each instance'),
    groupedEarly: fact(0x20, 'aiebu-elf', 'sections by page, groups, a target; before 0x21'),
    merged: fact(0x21, 'aiebu-elf', 'one section for all pages of a uC, groups, a target'),
  },
  section: {
    progBits: fact(1, 'elf'),
    symbols: fact(2, 'elf'),
    strings: fact(3, 'elf'),
    relocations: fact(4, 'elf'),
    dynamic: fact(6, 'elf'),
    note: fact(7, 'elf'),
    dynamicSymbols: fact(11, 'elf'),
    group: fact(17, 'elf'),
    custom: fact(0x8000_0001, 'aiebu-elf', 'SHT_LOUSER + 1'),
  },
  sectionFlag: {
    write: fact(1, 'elf'),
    alloc: fact(2, 'elf'),
    execute: fact(4, 'elf'),
    compressed: fact(0x800, 'elf', 'accepted by loaders, never written'),
  },
  segment: { load: fact(1, 'elf'), dynamic: fact(2, 'elf'), headers: fact(6, 'elf') },
  segmentFlag: { execute: fact(1, 'elf'), write: fact(2, 'elf'), read: fact(4, 'elf') },
  symbol: {
    global: fact(1, 'elf', 'binding, bits 7:4 of the info byte'),
    weak: fact(2, 'elf'),
    object: fact(1, 'elf', 'type, bits 3:0 of the info byte'),
    func: fact(2, 'elf'),
  },
  dynamicTag: { relocations: fact(7, 'elf'), relocationBytes: fact(8, 'elf') },
  groupComdat: fact(1, 'elf', 'first word of a group section'),
  note: {
    name: fact('XRT', 'aiebu-elf'),
    uid: fact(4, 'aiebu-elf', 'MD5 of the text and data sections'),
    configuration: fact(6, 'aiebu-elf', 'one word: columns of the partition'),
  },
  /** Word of the configuration note when the source has no .partition line. */
  defaultColumns: {
    aie2ps: fact(4, 'aiebu-elf', 'whole files of the tests'),
    aie4: guess(
      3,
      'no file of AIE4 without a .partition line was seen; the array has three columns',
    ),
  },
  sectionAlign: fact(16, 'aiebu-elf', 'text, data and groups'),
  dynamicAlign: fact(8, 'aiebu-elf'),
  symbolAlign: fact(4, 'aiebu-elf'),
  /** Begins of section names; a group suffix `.<instance>` may follow. */
  name: {
    text: fact('.ctrltext', 'aiebu-elf', '.<uc>.<page>, merged: .<uc>'),
    data: fact('.ctrldata', 'aiebu-elf', '.<uc>.<page>'),
    pad: fact('.pad', 'aiebu-elf', '.<uc>, until 2025'),
    packet: fact('.ctrlpkt', 'aiebu-elf', '-<id>'),
    group: fact('.group', 'aiebu-elf', '.<instance>'),
    uid: fact('.note.xrt.UID', 'aiebu-elf'),
    configuration: fact('.note.xrt.configuration', 'aiebu-elf'),
  },
  /** How a symbol starts that is not an argument number. */
  symbolName: {
    ownCode: fact('control-code-', 'xrt', 'the address of the first page of uC <n>'),
    packet: fact('.ctrlpkt-', 'xrt', 'the address of control packet section <id>'),
    scratchPad: fact('scratch-pad-mem', 'xrt', 'the memory that keeps mem tiles over a preemption'),
  },
  /** Types of kernel arguments as the name of a kernel symbol spells them. */
  mangled: fact<Readonly<Record<string, string>>>(
    { 'char *': 'Pc', 'void *': 'Pv', 'int *': 'Pi', scalar: 'i' },
    'aiebu-elf',
    'a type that is not listed leaves no trace',
  ),
}

/** The same without tags. */
export const controlElf = resolve(controlElfFacts)

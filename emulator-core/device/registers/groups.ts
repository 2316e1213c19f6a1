/** Groups of registers by function, in the order in which people look for them. */
import type { RegisterRole } from '../registers.ts'
import { TileKind } from '../tiles.ts'

/** First match wins; what matches nothing belongs to the tile itself. */
const rules: readonly (readonly [RegExp, string])[] = [
  [/Timer/, 'Timers'],
  [/Deterministic_Merge/, 'Merge order'],
  [/Parity|BISR|ECC|Checkbit|PL_Interface/, 'Upkeep'],
  [/^uC_|^Memory_(Zeroization|Privileged|DM)/, 'Microcontroller'],
  [/Packet_Handler/, 'Control packets'],
  [/Interrupt/, 'Interrupts'],
  [/Trace/, 'Trace'],
  [/Performance/, 'Performance'],
  [/Broadcast/, 'Broadcast'],
  [/^Core_|^(Enable|Reset)_Event|^(PC|Error_Halt)_|Debug|Accumulator|Processor_Bus/, 'Core'],
  [/Event|Combo|Edge_|Watchpoint/, 'Events'],
  [/Clock|Reset|CSSD|Defeature/, 'Clocks and resets'],
  [/Tile_Control|Dual_App|Application_/, 'Isolation and applications'],
  [/AXI|SMID|AxUSER|Keys|NoC|NSU|Pause|Compression/, 'Host bus'],
  [/Memory|Interleaving|Split|Zeroi/, 'Memory control'],
]

const byRole: Partial<Record<RegisterRole, string>> = {
  lockValue: 'Locks',
  lockOverflow: 'Locks',
  lockUnderflow: 'Locks',
  mux: 'Multiplexers',
  coreControl: 'Core',
  coreStatus: 'Core',
  zeroiseDm: 'Memory control',
  zeroisePm: 'Memory control',
  zeroiseUc: 'Microcontroller',
  isolation: 'Isolation and applications',
  reset: 'Clocks and resets',
}

/** Where a core tile shows the registers of its processor, in the AIE2 family and in AIE4. */
const processorFiles = [
  [0x30000, 0x31200],
  [0x90000, 0x96000],
] as const

/** Order of the groups; the channels of a tile come after its locks. */
export const groupOrder: readonly string[] = [
  'Core',
  'Core registers',
  'Locks',
  'Channels',
  'Descriptors',
  'Multiplexers',
  'Stream switch',
  'Data switch',
  'Control switch',
  'Merge order',
  'Control packets',
  'Events',
  'Broadcast',
  'Performance',
  'Trace',
  'Timers',
  'Interrupts',
  'Memory control',
  'Microcontroller',
  'Clocks and resets',
  'Isolation and applications',
  'Host bus',
  'Upkeep',
  'Tile',
]

/** The group of a register that belongs to no channel and no switch port. */
export function groupOf(kind: TileKind, role: RegisterRole, name: string, offset: number): string {
  const known = byRole[role]
  if (known !== undefined) return known
  if (name === 'Core_PC') return 'Core'
  const isFile = processorFiles.some(([from, end]) => offset >= from && offset < end)
  if (kind === TileKind.core && isFile) return 'Core registers'
  if (/Lock/.test(name)) return 'Locks'
  return rules.find(([pattern]) => pattern.test(name))?.[1] ?? 'Tile'
}

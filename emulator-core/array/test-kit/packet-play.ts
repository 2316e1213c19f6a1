/** Plays a packet program on a bed: writes its registers and memory, queues its tasks, and looks at memory. */
import { mapOfRow } from '../../device/geometry.ts'
import type { Bed, Fields } from './bed.ts'
import type { PacketProgram } from './packet-programs.ts'
import type { Descriptor, End } from './packet-transfers.ts'

function descriptorFields(bed: Bed, end: End, d: Descriptor): Fields {
  const { row } = end
  const place =
    row === 0
      ? bed.hostAddress(4 * d.word)
      : {
          base:
            row < bed.device.rows.shim + bed.device.rows.mem ? bed.localBase(4 * d.word) : d.word,
        }
  return {
    ...place,
    length: d.length,
    useNext: d.next === undefined ? 0 : 1,
    next: d.next ?? 0,
    iterationStep: d.length,
    iterationWrap: Math.max(1, d.loads) - 1,
    packetEnable: d.header ? 1 : 0,
    packetId: d.header?.id ?? 0,
    packetType: d.header?.type ?? 0,
    lastSuppress: d.lastSuppress ? 1 : 0,
  }
}

/** Words of a tile's memory, or of host memory for shim tiles, from word `from` on. */
export function memoryWords(bed: Bed, column: number, row: number, from: number, count: number) {
  const { core, mem, rows } = bed.device
  if (row === 0) return bed.hostWords(4 * from, count)
  const isMem = row < rows.shim + rows.mem
  const tile = isMem
    ? column * rows.mem + row - rows.shim
    : column * rows.core + row - rows.shim - rows.mem
  const memory = isMem ? bed.array.memDm : bed.array.coreDm
  const at = (tile * (isMem ? mem.dmBytes : core.dmBytes)) / 4 + from
  return [...memory.u32.subarray(at, at + count)]
}

/** Writes everything a program needs but its task queues. */
export function prepare(bed: Bed, program: PacketProgram): void {
  for (const { column, row, offset, value } of program.board.writes)
    bed.write(column, row, offset, value)
  for (const source of program.sources) {
    const { column, row } = source
    const offset = row === 0 ? 0 : mapOfRow(bed.device, row).dmOffset
    for (const [word, values] of source.memory) {
      values.forEach((value, i) => {
        const at = 4 * (word + i)
        if (row === 0) bed.host.write32(at, value)
        else bed.write(column, row, offset + at, value)
      })
    }
  }
  for (const transfer of [...program.sources, ...program.sinks]) {
    const { column, row, channel } = transfer
    bed.write(column, row, channel.control, transfer.control)
    for (const d of transfer.descriptors)
      bed.bd(column, row, channel, d.bd, descriptorFields(bed, transfer, d))
  }
}

/** Queues the tasks of a program, each channel's at its own tick; nothing is under way that was not started. */
export function start(bed: Bed, program: PacketProgram): void {
  const all = [...program.sources, ...program.sinks].sort((a, b) => a.start - b.start)
  for (const { column, row, channel, tasks, start: tick } of all) {
    bed.sim.schedule.runUntil(tick)
    for (const task of tasks)
      bed.push(column, row, channel, channel.firstBd + task.bd, task.runs, task.token)
  }
}

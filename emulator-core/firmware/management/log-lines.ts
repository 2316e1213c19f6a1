/** Lines of the firmware log: which happening is worth one, at which level, and its words. All of them are ours. */
import { firmwareData } from '../../device/abi/firmware-data.ts'
import { mailbox, messageName } from '../../device/abi/mailbox.ts'
import { ManagementEvent } from './events.ts'
import type { Log } from './log.ts'
import { hypervisor } from './log.ts'

interface Line {
  readonly level: number
  readonly source: string
  readonly text: (part: number, a: number, b: number) => string
}

const { error, warning, info, debug } = firmwareData.level
/** The supervisor of the context's device function. */
const supervisor = ''

const lines: Readonly<Record<number, Line>> = {
  [ManagementEvent.request]: {
    level: debug,
    source: hypervisor,
    text: (_id, opcode, bytes) => `${messageName(opcode)} taken, ${bytes} bytes`,
  },
  [ManagementEvent.contextCreated]: {
    level: info,
    source: supervisor,
    text: (id, tiles, partition) => `context ${id} made: ${tiles} tiles of partition ${partition}`,
  },
  [ManagementEvent.contextDestroyed]: {
    level: info,
    source: supervisor,
    text: (id) => `context ${id} ended`,
  },
  [ManagementEvent.contextLoaded]: {
    level: debug,
    source: supervisor,
    text: (id, start, columns) => `context ${id} is on columns ${start} to ${start + columns - 1}`,
  },
  [ManagementEvent.contextEvicted]: {
    level: debug,
    source: supervisor,
    text: (id) => `context ${id} left the array`,
  },
  [ManagementEvent.contextWaits]: {
    level: debug,
    source: supervisor,
    text: (id) => `context ${id} waits for columns`,
  },
  [ManagementEvent.switchWanted]: {
    level: debug,
    source: supervisor,
    text: (id, band) => `context ${id} is asked to leave for band ${band}`,
  },
  [ManagementEvent.strayDoorbell]: {
    level: warning,
    source: hypervisor,
    text: (id) => `doorbell ${id} belongs to no context`,
  },
  [ManagementEvent.errorReport]: {
    level: error,
    source: hypervisor,
    text: (count, column, event) =>
      `${count} tile errors, the first in column ${column}: event ${event}`,
  },
  [ManagementEvent.contextError]: {
    level: error,
    source: supervisor,
    text: (id, type) => `context ${id} cannot go on: error type ${type}`,
  },
}

const refused: Line = {
  level: warning,
  source: hypervisor,
  text: (_id, opcode, status) => `${messageName(opcode)} answered with status ${status}`,
}

/**
 * Writes the line of a record of the management firmware, if it is worth one at the level of the log. `whose` is the
 * supervisor of the context that it is about.
 */
export function writeLine(
  log: Log,
  kind: number,
  part: number,
  a: number,
  b: number,
  whose: (context: number) => number,
): void {
  const isRefusal = kind === ManagementEvent.response && b !== mailbox.status.success
  const line = isRefusal ? refused : lines[kind]
  if (!line || !log.has(line.level)) return
  const source = line.source === supervisor ? String(whose(part)) : line.source
  log.write(source, line.level, line.text(part, a, b))
}

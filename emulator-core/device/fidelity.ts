/** The fidelity page: every fact with its source, and one paragraph per subsystem on what is exact and what is not. */
import { arrayInfoFacts } from './abi/array-info.ts'
import { asyncErrorFacts } from './abi/async-errors.ts'
import { actorFacts, controlCodeFacts } from './abi/control-code.ts'
import { controlElfFacts } from './abi/control-elf.ts'
import { isaProvenance } from './abi/core-isa.ts'
import { hostQueueFacts } from './abi/host-queue.ts'
import { firmwareDataFacts, traceEventFacts } from './abi/firmware-data.ts'
import { pciAddressFacts } from './abi/pci-address.ts'
import { powerFacts } from './abi/power.ts'
import { powerUpFacts } from './abi/power-up.ts'
import { queryFacts } from './abi/queries.ts'
import { telemetryFacts } from './abi/telemetry.ts'
import { tileAccessFacts } from './abi/tile-access.ts'
import { coreFacts } from './core-facts.ts'
import { dmaFacts } from './dma-facts.ts'
import type { Fact } from './fact.ts'
import { listFacts } from './fact.ts'
import { heapFacts, reachFacts, switchFacts } from './host-memory.ts'
import { functionFacts } from './functions.ts'
import { hostCommonFacts, hostProfileFacts, hostTimeFacts } from './host-facts.ts'
import { identityFacts } from './identity.ts'
import { modelFacts } from './model.ts'
import { peakFacts } from './peak.ts'
import { profiles } from './profiles.ts'
import { sources } from './sources.ts'
import type { SourceKey } from './sources.ts'
import { aie2Registers } from './registers-aie2.ts'
import { aie4Registers } from './registers-aie4.ts'
import { schedulerFacts } from './scheduler-facts.ts'
import { systemFacts } from './registers/system.ts'
import { sensorFacts } from './sensor-facts.ts'
import { ucFacts } from './uc-facts.ts'
import { unknowns } from './unknowns.ts'

/** All trees of facts by the name under which the page shows them. */
export const factTrees: Readonly<Record<string, unknown>> = {
  aie4: profiles.aie4,
  npu4: profiles.npu4,
  npu1: profiles.npu1,
  'model aie4': modelFacts.aie4,
  'model npu4': modelFacts.npu4,
  'model npu1': modelFacts.npu1,
  peak: peakFacts,
  system: systemFacts,
  DMA: dmaFacts,
  core: coreFacts,
  'core encoding': { provenance: isaProvenance },
  uc: ucFacts,
  'control code': { ...controlCodeFacts, actors: actorFacts },
  'control ELF': controlElfFacts,
  'host queue': hostQueueFacts,
  'asynchronous errors': asyncErrorFacts,
  queries: {
    ...queryFacts,
    device: arrayInfoFacts,
    telemetry: telemetryFacts,
    tiles: tileAccessFacts,
    place: pciAddressFacts,
  },
  'firmware log and trace': { ...firmwareDataFacts, ...traceEventFacts },
  sensors: sensorFacts,
  power: powerFacts,
  scheduler: schedulerFacts,
  'power-up': powerUpFacts,
  identity: identityFacts,
  host: hostCommonFacts,
  'host by profile': hostProfileFacts,
  'host memory': { ...heapFacts, reach: reachFacts, switches: switchFacts },
  'host timing': hostTimeFacts,
  'device functions': functionFacts,
}

const paragraphs: readonly (readonly [string, string])[] = [
  [
    'Array memory, locks, DMA',
    'Faithful: sizes, address maps, descriptor layouts, lock semantics, task queues with their drop rule, repeat, ' +
      'iteration, all address dimensions, chaining, padding, packet headers, out-of-order and finish-on-TLAST modes, ' +
      'compression, one grant per lock and cycle in turn. Banks serve one access per cycle, in the order DMA about to ' +
      'run dry or over, cores, other DMA, round-robin within each; a core meets others in a neighbouring memory as in ' +
      'its own. Simplified: words move in batches of beats that end at the ticks single words would; a late access to ' +
      'memory holds up the next block of 16 to 256 beats, not the words of its own; a load sees memory as it is when ' +
      'its bundle begins, however long it waits for the bank. Unknown for AIE4: port width, hop latency, buffer depths ' +
      'and the mapping of addresses to banks; the values below are taken.',
  ],
  [
    'Registers and addresses',
    'Faithful: columns and rows of an address with the stretched mem row of AIE4, second halves of shim and mem tiles, ' +
      'published names, offsets and (AIE2 family) fields, write-1-to-clear bits, bus errors by name. Simplified: clocks ' +
      'gate nothing; parity, error correction, keys and host-bus tuning are stored and say so at their first write; the ' +
      'memories behind an AIE4 microcontroller are named but have no words here. Unknown for AIE4: most field positions; ' +
      'those of AIE2 are taken and marked as inferred beside each register.',
  ],
  [
    'Streams',
    'Faithful: port tables, legality of circuits, packet slots, arbiters and msels, header drop, multicast that waits for ' +
      'every branch, blocking, deterministic merge, both fabrics of AIE4 and their bridges, tokens and control packets as ' +
      'packets, back-pressure. Circuits of one width between two ends take a short way; it and the hop-by-hop network agree ' +
      'to the word and the tick. Assumed: the lowest matching slot wins and arbiters go round by port number; a packet that ' +
      'matches no slot blocks its port and is reported; a port holds what its two registers hold together. Not modelled: ' +
      'control packets that AIE4 would answer.',
  ],
  [
    'Events, counters, timers, trace, interrupts',
    'Faithful: event numbers and names, status, groups, combos, edges, broadcast rules and their delays as measured on ' +
      'Phoenix, timers, counters to the cycle, event-time trace frames, interrupt controllers, error routing and the ' +
      'report to the driver. Modelled: what a trace unit loses when its port is not ready, port selection on AIE4, the ' +
      'meeting of both application halves in the broadcast network. Assumed: a chain of a uC-DMA is a task, and it runs ' +
      'while a chain is queued. Events that never happen, because what would cause them has no public description: those ' +
      'of the uC core, uC-DMA reads and stalls, parity and error correction. Not modelled, refused by name: execution ' +
      'trace.',
  ],
  [
    'Cores',
    'Faithful: integer results to the bit, lock and memory windows, core-global modes. Assumed: the instruction encoding ' +
      'is ours, because none is public; cycles follow published latencies of the generations before and are shown as ' +
      'modelled. Faithful too: control and debug registers, halt, single step, PC events, stream ports with TLAST, the ' +
      'cascade with its depths and stalls; one cycle per cascade FIFO is a guess. Not modelled yet, refused by name: ' +
      'floating point, matrix shapes.',
  ],
  [
    'Control code and microcontrollers',
    'Faithful: encoding, pages, pager, job rules, barriers, tokens, uC-DMA, the host queue packet, the completion word, ' +
      'preemption points with save and restore, state words, status bits and health words. Modelled: cost per operation ' +
      'and per page, when a wait is looked at again, which kind a hang counts as, what is kept of a context that left ' +
      'the array. Not modelled, refused by name: the dynamic tracer, programmable logic; hardware errors of a uC have no ' +
      'cause here. On npu1 and npu4, which have no uC per column, one management CPU ' +
      'runs the same control code; their native format is not modelled.',
  ],
  [
    'Driver, management firmware, host',
    'Faithful: ioctl structures, mailbox ring, queue layout, submit rules, errno, the record of the last asynchronous ' +
      'error, recovery of a context in error with the health block of its command; kinds of buffers and their refusals, ' +
      'the device heap with its placement and announcement, address modes, what is cleared and what is not, accounting. ' +
      'Modelled: every duration, the scheduler of contexts, a CPU cache that never evicts a line by itself, so that a ' +
      'missing flush shows, how heap addresses reach host memory. Simplified: a level of power changes the clock that is told, the sensors and the ' +
      'TOPS, not how many cycles anything takes; the pages of a buffer are contiguous and ' +
      'set aside at its creation. A fault of the array ends a run, unless the host program asks for the last asynchronous ' +
      'error or waits for a command to fail. Boot takes the real steps, with ' +
      'its registers, polls and time-outs; an image is its beginning and a size, and its signature is a sum. Sleep, ' +
      'wake-up and reset take theirs; a job that a sleep catches starts again from its packet. ' +
      'The level of clocks follows modes and contexts (modelled).',
  ],
  [
    'Virtual functions',
    'Faithful: how VFs are made and ended and every refusal on the way, which messages and operations a PF and a VF have, ' +
      'own mailboxes, vectors, doorbells, PASIDs and handles, whole columns shared in time, the highest power mode of all ' +
      'wins, what an awake VF forbids. Modelled: turns of equal length, errors of a column go to whoever holds it, ids of ' +
      'the firmware count over the whole die, a VF that is given to a VM is a mark. Simplified: guests are processes of ' +
      'one host, whose driver serves every VF; PCI runs out of room only when told to. Hypothetical: more than 4 VFs.',
  ],
  [
    'Questions to the driver, firmware log and trace, monitoring tool',
    'Faithful: parameters, structures, limits and errno of GET_INFO, GET_ARRAY and SET_STATE, the messages behind them, ' +
      'the ring and footer of log and trace, levels and categories, who may read what, the telemetry layout, the layout ' +
      'of a core dump, which query each row of a report comes from. Modelled: the record of a tile in the column status, ' +
      'which happening counts where in telemetry, the words of the log, that AIE4 has the event list of AIE2, power, ' +
      'temperature and utilisation. Simplified: entries of the trace carry no time; the data memory of an AIE4 mem tile ' +
      'lies above the 1 MiB that a dump has of it; a read of the log looks at the footer also without a watcher.',
  ],
]

function show(fact: Fact<unknown>): string {
  const { value } = fact
  if (typeof value === 'number') return value > 9999 ? `0x${value.toString(16)}` : String(value)
  return JSON.stringify(value)
}

function whence({ tag }: Fact<unknown>): string {
  if (tag.kind === 'guess') return `guess: ${tag.note}`
  const title = sources[tag.source as SourceKey].title
  return `${tag.kind}: ${title}${tag.note ? ` (${tag.note})` : ''}`
}

const escapeCell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** The open questions about the array as a table. */
function unknownLines(): string[] {
  const rows = unknowns.map(({ what, where, taken, why, facts = [] }, i) => {
    const standing = facts.map(([tree, path]) => `${tree}: ${path}`).join(', ')
    return `| ${[i + 1, what, where, taken, why, standing].map((c) => escapeCell(String(c))).join(' | ')} |`
  })
  return [
    '## Unknown, and what is taken',
    '',
    'Nothing public answers these. The last column names the numbers below that stand on the answer.',
    '',
    '| # | question | on | taken | why | numbers |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ]
}

/** The text of docs/fidelity.md. */
export function fidelityPage(): string {
  const lines = [
    '# What is exact, what is modelled',
    '',
    'Generated from the facts in `emulator-core/device`; do not edit. `npm run fidelity` writes it.',
    '',
  ]
  for (const [title, text] of paragraphs) lines.push(`## ${title}`, '', text, '')
  lines.push(...unknownLines())
  for (const [name, tree] of Object.entries(factTrees)) {
    lines.push(`## Numbers: ${name}`, '', '| number | value | whence |', '| --- | --- | --- |')
    for (const { path, fact } of listFacts(tree)) {
      lines.push(`| ${path} | ${escapeCell(show(fact))} | ${escapeCell(whence(fact))} |`)
    }
    lines.push('')
  }
  lines.push(
    '## Sources',
    '',
    '| key | source | publisher | version |',
    '| --- | --- | --- | --- |',
  )
  for (const [key, s] of Object.entries(sources)) {
    lines.push(`| ${key} | ${s.title} | ${s.publisher} | ${s.version} |`)
  }
  return lines.join('\n') + '\n'
}

/** Keys of sources that no fact uses. */
export function unusedSources(): string[] {
  const used = new Set(
    Object.values(factTrees).flatMap((t) => listFacts(t).map((f) => f.fact.tag.source)),
  )
  for (const table of [aie2Registers, aie4Registers]) {
    for (const rows of Object.values(table)) for (const { source } of rows) used.add(source)
  }
  return Object.keys(sources).filter((key) => !used.has(key as SourceKey))
}

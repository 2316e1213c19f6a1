/** Inspector: what there is to know about one part at this moment, as titled rows. */
import type { UcView } from '../machine/vocabulary.ts'
import { actorName, CoreState } from '../machine/vocabulary.ts'
import { placeAt } from '../artifacts/control-code.ts'
import { coreIndex, kindOfRow, tileIndex } from '../device/geometry.ts'
import { ucIdleNames, ucMiscNames } from '../device/uc-facts.ts'
import { PartKind, partOf } from '../device/parts.ts'
import { TileKind } from '../device/tiles.ts'
import { listWaits } from '../machine/waits.ts'
import type { Inspection, InspectRow, InspectSection } from './protocol.ts'
import { inspectHostPart } from './host-inspector.ts'
import { sentence } from './records.ts'
import { sharesOf, ucSharesOf } from './shares.ts'
import type { Studio } from './studio.ts'

const tilePart = /^tile\[(\d+),(\d+)\](?:\.(.*))?$/
const roundingNames: Readonly<Record<number, string>> = {
  0: 'floor',
  1: 'ceil',
  2: 'symmetric floor',
  3: 'symmetric ceil',
  8: 'negative infinity',
  9: 'positive infinity',
  10: 'symmetric zero',
  11: 'symmetric infinity',
  12: 'convergent even',
  13: 'convergent odd',
}
const saturationNames: Readonly<Record<number, string>> = {
  0: 'none',
  1: 'saturate',
  3: 'symmetric',
}
const coreCodes: Readonly<Record<number, string>> = {
  [CoreState.stopped]: 'OFF',
  [CoreState.running]: 'RUN',
  [CoreState.waiting]: 'LOCK',
  [CoreState.done]: 'DONE',
  [CoreState.faulted]: 'FAULT',
  [CoreState.stream]: 'STRM',
  [CoreState.cascade]: 'CASC',
}
const vectorBytes = 64
const channelCodes = ['IDLE', 'DMA', 'RUN', 'LOCK', 'STRM', 'FAULT', 'TCT', 'BANK'] as const

/** Everything about a part, or undefined when there is no such part. */
export function inspectPart(studio: Studio, part: string): Inspection | undefined {
  if (!studio.machine || !studio.index) return undefined
  const tile = tilePart.exec(part)
  if (tile) return inspectTilePart(studio, part, Number(tile[1]), Number(tile[2]), tile[3])
  const uc = /^uc(\d+)$/.exec(part)
  if (uc) return inspectUc(studio, part, Number(uc[1]))
  const bo = /^bo(\d+)$/.exec(part)
  if (bo) return inspectBo(studio, part, Number(bo[1]))
  return inspectHostPart(studio, part)
}

function inspectTilePart(
  studio: Studio,
  part: string,
  column: number,
  row: number,
  rest: string | undefined,
): Inspection | undefined {
  const { device } = studio.machine!.parts
  if (column >= device.columns || row >= device.rows.shim + device.rows.mem + device.rows.core)
    return undefined
  const isCore = kindOfRow(device, row) === TileKind.core
  if (isCore && (rest === undefined || rest === 'core'))
    return inspectCore(studio, part, column, row)
  if (rest?.startsWith('lock')) return inspectLock(studio, part, column, row, Number(rest.slice(4)))
  if (rest?.startsWith('dma.')) return inspectChannel(studio, part)
  return rest === undefined ? inspectTile(studio, part, column, row) : undefined
}

function why(studio: Studio, part: number): { why?: string } {
  const machine = studio.machine!
  const line = listWaits(machine.parts, machine.pkg.image).find((w) => w.part === part)
  return line ? { why: line.text } : {}
}

function inspectCore(studio: Studio, part: string, column: number, row: number): Inspection {
  const machine = studio.machine!
  const { device, array, blocks } = machine.parts
  const core = coreIndex(device, column, row)
  const view = array.cores.inspect(core)
  const sceneCore = studio.index!.scene.cores[core]!
  const at = studio.index!.placeOf(core, view.pc)
  const place = at >= 0 ? sceneCore.places[at] : undefined
  const block = blocks.blockOfCore(core)
  const sections: InspectSection[] = []
  const last = lastRecord(studio, core)
  if (last) sections.push({ title: 'Last step', rows: [{ name: last.tick, value: last.text }] })
  if (place) {
    sections.push({
      title: 'Next bundle',
      confidence: 'modelled',
      rows: [
        ...place.text.split(' · ').map((text): InspectRow => {
          const space = text.indexOf(' ')
          return space < 0
            ? { name: text, value: '' }
            : { name: text.slice(0, space), value: text.slice(space + 1) }
        }),
        { name: 'pc', value: `0x${view.pc.toString(16)}`, note: 'the encoding is our own' },
      ],
    })
  }
  const changed = usedVector(place?.text)
  if (changed >= 0) {
    sections.push({
      title: `x${changed}`,
      rows: [],
      lanes: {
        title: `x${changed}`,
        bytes: view.vectors.slice(changed * vectorBytes, (changed + 1) * vectorBytes),
        note: 'vector register of the next bundle',
      },
    })
  }
  sections.push({
    title: 'Core',
    rows: [
      { name: 'rounding', value: roundingNames[view.rounding] ?? String(view.rounding) },
      { name: 'saturation', value: saturationNames[view.saturation] ?? String(view.saturation) },
      { name: 'loop count', value: String(view.loop.count) },
      { name: 'bundles', value: String(view.bundles) },
      { name: 'busy cycles', value: String(view.busyCycles), confidence: 'modelled' },
      { name: 'lock wait cycles', value: String(view.lockCycles), confidence: 'modelled' },
    ],
  })
  sections.push(...sharesSection(studio, partOf(PartKind.core, core)))
  sections.push(lockSection(studio, column, row))
  sections.push({
    title: 'Scalar registers',
    rows: Array.from(view.scalars).flatMap((value, r): InspectRow[] =>
      value === 0
        ? []
        : [{ name: `r${r}`, value: String(value), note: `0x${(value >>> 0).toString(16)}` }],
    ),
  })
  return {
    part,
    title: `Core (${column},${row})`,
    stateCode: coreCodes[view.state] ?? '',
    summary: block >= 0 ? `${machine.pkg.title}, block ${block}` : machine.pkg.title,
    ...why(studio, partOf(PartKind.core, core)),
    ...(place ? { place: { file: place.file, line: place.line, column: 1 } } : {}),
    sections,
  }
}

/** Where the cycles of a core or a channel went. */
function sharesSection(studio: Studio, part: number): InspectSection[] {
  const machine = studio.machine!
  const view = machine.parts.array.stalls().find((one) => one.part === part)
  return sharesOf(view, machine.origin)
}

function usedVector(text: string | undefined): number {
  const found = /\bx(\d+)\b/.exec(text ?? '')
  return found ? Number(found[1]) : -1
}

function lastRecord(studio: Studio, core: number): { tick: string; text: string } | undefined {
  const machine = studio.machine!
  const { trace } = machine.parts.sim
  for (let i = trace.position - 1; i >= Math.max(trace.first, trace.position - 4000); i--) {
    const record = trace.record(i)
    if (record.kind >= 200 || record.part !== core) continue
    return { tick: String(record.tick - machine.origin), text: sentence(machine, record) }
  }
  return undefined
}

function lockSection(studio: Studio, column: number, row: number): InspectSection {
  const machine = studio.machine!
  const { device, array, numbering } = machine.parts
  const first = numbering.firstLock[tileIndex(device, column, row)]!
  const waits = array.waits().filter((w) => w.kind === 'lock')
  const { locks } = studio.index!.scene
  const rows: InspectRow[] = []
  for (let i = first; locks[i]?.column === column && locks[i]?.row === row; i++) {
    const lock = locks[i]!
    const waiter = waits.find((w) => w.resource === partOf(PartKind.lock, i))
    const value = array.lockValues[i]!
    if (lock.name === '' && value === 0 && !waiter) continue
    rows.push({
      name: `${lock.index} ${lock.name}`.trim(),
      value: String(value),
      link: lock.part,
      ...(waiter
        ? {
            note: `${waiter.needed < 0 ? 'at least ' : ''}${Math.abs(waiter.needed)} is waited for`,
          }
        : {}),
    })
  }
  return { title: 'Locks', rows }
}

function inspectTile(studio: Studio, part: string, column: number, row: number): Inspection {
  const { scene } = studio.index!
  const machine = studio.machine!
  const tile = scene.tiles.find((t) => t.column === column && t.row === row)!
  const kind = { shim: 'Shim', mem: 'Mem', core: 'Core' }[tile.kind]
  const buffers = scene.buffers.filter((b) => b.column === column && b.row === row)
  const channels = tile.channels.map((c) => scene.channels[c]!).filter((c) => c.used)
  return {
    part,
    title: `${kind} (${column},${row})`,
    stateCode: '',
    summary:
      tile.memoryBytes > 0
        ? tile.usedBytes < 0
          ? `${tile.memoryBytes} bytes of memory`
          : `${tile.usedBytes} of ${tile.memoryBytes} bytes used`
        : 'no data memory',
    sections: [
      {
        title: 'DMA channels',
        rows: channels.map((c) => {
          const number = scene.channels.indexOf(c)
          const view = machine.parts.array.channel(number)
          return {
            name: c.label,
            value: `${channelCodes[view.state] ?? ''} ${view.wordsDone} of ${view.wordsTotal} words`,
            link: c.part,
          }
        }),
      },
      lockSection(studio, column, row),
      {
        title: 'Buffers',
        rows: buffers.map((b) => ({
          name: b.name,
          value: `${b.sizeBytes} bytes`,
          note: `at 0x${b.offset.toString(16)}${b.fifo ? `, ${b.fifo}` : ''}`,
        })),
      },
    ].filter((s) => s.rows.length > 0),
  }
}

function inspectChannel(studio: Studio, part: string): Inspection | undefined {
  const { scene } = studio.index!
  const number = scene.channels.findIndex((c) => c.part === part)
  if (number < 0) return undefined
  const machine = studio.machine!
  const channel = scene.channels[number]!
  const view = machine.parts.array.channel(number)
  return {
    part,
    title: `${channel.label} of (${channel.column},${channel.row})`,
    stateCode: channelCodes[view.state] ?? '',
    summary: `BD ${view.bd}, ${view.wordsDone} of ${view.wordsTotal} words`,
    ...why(studio, partOf(PartKind.channel, number)),
    sections: [
      {
        title: 'Task',
        rows: [
          ...(view.task
            ? [
                { name: 'start BD', value: String(view.task.bd) },
                { name: 'runs left', value: String(view.task.runsLeft) },
                { name: 'token', value: view.task.token ? 'yes' : 'no' },
              ]
            : [{ name: 'task', value: 'none' }]),
          { name: 'status', value: `0x${view.status.toString(16)}` },
          { name: 'in flight', value: `${view.inFlight} words` },
        ],
      },
      {
        title: 'Queue',
        rows: view.queue.map((task, i) => ({
          name: String(i),
          value: `BD ${task.bd}, ${task.runs} ${task.runs === 1 ? 'run' : 'runs'}${task.token ? ', token' : ''}`,
        })),
      },
      ...sharesSection(studio, partOf(PartKind.channel, number)),
    ].filter((s) => s.rows.length > 0 || s.shares !== undefined),
  }
}

function inspectLock(
  studio: Studio,
  part: string,
  column: number,
  row: number,
  lock: number,
): Inspection | undefined {
  const { scene } = studio.index!
  const number = scene.locks.findIndex((l) => l.part === part)
  if (number < 0) return undefined
  const machine = studio.machine!
  const { trace } = machine.parts.sim
  const changes: InspectRow[] = []
  for (let i = trace.position - 1; i >= trace.first && changes.length < 10; i--) {
    const record = trace.record(i)
    if (record.kind < 400 || record.part !== partOf(PartKind.lock, number)) continue
    changes.push({ name: String(record.tick - machine.origin), value: `${record.a} → ${record.b}` })
  }
  return {
    part,
    title: `Lock ${lock} of (${column},${row})`,
    stateCode: '',
    summary: scene.locks[number]!.name || 'without a name',
    sections: [
      {
        title: 'Value',
        rows: [{ name: 'now', value: String(machine.parts.array.lockValues[number]) }],
      },
      { title: 'Last changes', rows: changes },
    ].filter((s) => s.rows.length > 0),
  }
}

function ucCode(view: UcView): string {
  if (view.health.misc !== 0) return 'FAULT'
  if (view.wait) return 'WAIT'
  return view.jobs.length > 0 ? 'RUN' : 'IDLE'
}

function bitNames(names: readonly (readonly [string, number])[], bits: number): string {
  const set = names.filter(([, bit]) => (bits & bit) !== 0).map(([name]) => name)
  return set.length === 0 ? 'none' : set.join(', ')
}

function inspectUc(studio: Studio, part: string, uc: number): Inspection | undefined {
  const machine = studio.machine!
  if (uc >= machine.parts.cert.ucCount) return undefined
  const view = machine.parts.cert.inspect(uc)
  const position = machine.parts.cert.position(uc)
  const code = studio.index!.controlOf(uc)
  const offset =
    position.offset >= 0
      ? position.offset
      : (view.jobs.find((j) => j.state === 'waiting')?.offset ?? -1)
  const place = code && offset >= 0 ? placeAt(code, view.page, offset) : undefined
  const where = studio.place(place?.at)
  return {
    part,
    title: `uC ${uc}`,
    stateCode: ucCode(view),
    summary: place ? place.text.trim() : view.phase,
    ...why(studio, partOf(PartKind.uc, uc)),
    ...(where ? { place: where } : {}),
    sections: [
      {
        title: 'State',
        rows: [
          { name: 'CERT state', value: view.stateName, note: `0x${view.stateWord.toString(16)}` },
          { name: 'idle status', value: bitNames(ucIdleNames, view.health.idle) },
          { name: 'misc status', value: bitNames(ucMiscNames, view.health.misc) },
          { name: 'page, offset', value: `${view.page}, 0x${Math.max(0, offset).toString(16)}` },
          { name: 'context', value: view.context < 0 ? 'none' : String(view.context) },
          { name: 'operations', value: String(view.steps) },
          ...(view.chain === 'main' ? [] : [{ name: 'runs pages of a', value: view.chain }]),
          ...(view.aheadPage === undefined
            ? []
            : [{ name: 'fetched ahead', value: `page ${view.aheadPage}` }]),
        ],
      },
      {
        title: 'Health words',
        rows: Object.entries(view.health)
          .filter(([name]) => name.startsWith('restore') || name.startsWith('exception'))
          .filter(([, value]) => value !== 0)
          .map(([name, value]) => ({ name, value: `0x${value.toString(16)}` })),
      },
      {
        title: 'Jobs on this page',
        rows: view.jobs.map((job) => ({
          name: String(job.id),
          value: job.state,
          note: job.mnemonic,
        })),
      },
      {
        title: 'Tokens waiting to be taken',
        rows: view.tokens.map((t) => ({
          name: actorName(machine.parts.device, (t.tile << 8) | t.actor),
          value: String(t.count),
        })),
      },
      ...ucSharesOf(machine.parts.cert.stalls(uc), machine.origin),
    ].filter((s: InspectSection) => s.rows.length > 0 || s.shares !== undefined),
  }
}

function inspectBo(studio: Studio, part: string, number: number): Inspection | undefined {
  const machine = studio.machine!
  const bo = machine.parts.runtime.inspect().bos[number]
  if (!bo) return undefined
  const view = machine.parts.driver.inspectBuffers().find((b) => b.handle === bo.handle)
  return {
    part,
    title: `Buffer object ${bo.name}`,
    stateCode: '',
    summary: `${bo.sizeBytes} bytes`,
    sections: [
      {
        title: 'Buffer object',
        rows: [
          { name: 'handle', value: bo.handle < 0 ? 'not made yet' : String(bo.handle) },
          { name: 'client', value: bo.client },
          {
            name: 'address',
            value: bo.address < 0 ? 'not mapped' : `0x${bo.address.toString(16)}`,
          },
          ...Object.entries(view ?? {}).map(([name, value]) => ({ name, value: String(value) })),
        ],
      },
    ],
  }
}

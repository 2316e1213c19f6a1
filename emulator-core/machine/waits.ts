/**
 * Waits: who waits for what, in words, and the chain that explains a standstill.
 *
 * Structural: only what agents wait for is looked at, never how long.
 */
import type { DesignImage } from '../artifacts/design-image.ts'
import type { WaitView } from '../array/inspect.ts'
import { WaitKind, waitNames } from '../driver/events.ts'
import { controlCode } from '../device/abi/control-code.ts'
import { coreIndex, mapOfRow, rowCount, tileIndex } from '../device/geometry.ts'
import { PartKind, partIndex, partKind, partOf, tileOwning } from '../device/parts.ts'
import type { Device } from '../device/tiles.ts'
import type { Parts } from './wire.ts'

export interface WaitLine {
  readonly part: number
  readonly text: string
  /** Parts that could end the wait. */
  readonly on: readonly number[]
}

/** `core (1,3)`, `shim (0,0) MM2S 0`, `uC 2`: how sentences name a part. */
export function spokenPart(device: Device, part: number): string {
  const index = partIndex(part)
  const rows = rowCount(device)
  const kindName = ['shim', 'mem', 'core']
  switch (partKind(part)) {
    case PartKind.core: {
      const column = Math.floor(index / device.rows.core)
      return `core (${column},${(index % device.rows.core) + rows - device.rows.core})`
    }
    case PartKind.tile:
      return `tile (${Math.floor(index / rows)},${index % rows})`
    case PartKind.uc:
      return `uC ${index}`
    case PartKind.thread:
      return 'the host program'
    case PartKind.hwctx:
      return `context ${index}`
    default: {
      const isLock = partKind(part) === PartKind.lock
      const firsts = firstsOf(device, isLock)
      const tile = tileOwning(firsts, index)
      const row = tile % rows
      const map = mapOfRow(device, row)
      const where = `${kindName[map.kind]} (${Math.floor(tile / rows)},${row})`
      if (isLock) return `lock ${index - firsts[tile]!} of ${where}`
      const channel = map.channels[index - firsts[tile]!]
      return channel ? `${where} ${channel.direction.toUpperCase()} ${channel.channel}` : where
    }
  }
}

const firstsCache = new WeakMap<Device, { locks: Int32Array; channels: Int32Array }>()

function firstsOf(device: Device, locks: boolean): Int32Array {
  let known = firstsCache.get(device)
  if (!known) {
    const tiles = device.columns * rowCount(device)
    known = { locks: new Int32Array(tiles + 1), channels: new Int32Array(tiles + 1) }
    for (let tile = 0; tile < tiles; tile++) {
      const map = mapOfRow(device, tile % rowCount(device))
      known.locks[tile + 1] = known.locks[tile]! + map.locks.count
      known.channels[tile + 1] = known.channels[tile]! + map.channels.length
    }
    firstsCache.set(device, known)
  }
  return locks ? known.locks : known.channels
}

/** The design's name of a lock, or nothing. */
export function lockName(
  parts: Parts,
  image: DesignImage | undefined,
  lock: number,
): string | undefined {
  const { device, numbering } = parts
  const tile = tileOwning(numbering.firstLock, lock)
  const column = Math.floor(tile / rowCount(device))
  const row = tile % rowCount(device)
  const found = image?.tiles.find((t) => t.column === column && t.row === row)
  return found?.locks.find((l) => l.id === lock - numbering.firstLock[tile]!)?.name
}

/** Every agent that waits for another, with a sentence. */
export function listWaits(parts: Parts, image: DesignImage | undefined): readonly WaitLine[] {
  const lines = parts.array.waits().map((wait) => arrayWait(parts, image, wait))
  for (let uc = 0; uc < parts.cert.ucCount; uc++) {
    const line = ucWait(parts, uc)
    if (line) lines.push(line)
  }
  return lines
}

function arrayWait(parts: Parts, image: DesignImage | undefined, wait: WaitView): WaitLine {
  const { device } = parts
  const who = capital(spokenPart(device, wait.part))
  if (wait.kind === 'lock') {
    const lock = partIndex(wait.resource)
    const name = lockName(parts, image, lock)
    const what = `${spokenPart(device, wait.resource)}${name ? ` (${name})` : ''}`
    const least = wait.needed < 0
    const need = least ? `at least ${-wait.needed}` : `exactly ${wait.needed}`
    const text = `${who} waits for ${what}: it is ${wait.current} and must be ${need}.`
    return { part: wait.part, text, on: releasers(parts, image, lock) }
  }
  if (wait.kind === 'count' || wait.kind === 'token') {
    const why =
      wait.kind === 'count'
        ? 'its count register is full; somebody must read it'
        : 'its task-complete token cannot leave'
    return { part: wait.part, text: `${who} waits: ${why}.`, on: [] }
  }
  if (wait.kind === 'cascadeValue' || wait.kind === 'cascadeRoom') return cascadeWait(device, wait)
  if (wait.resource < 0) {
    return { part: wait.part, text: `${who} waits, and its stream leads nowhere.`, on: [] }
  }
  const other = spokenPart(device, wait.resource)
  const text =
    wait.kind === 'words'
      ? `${who} waits for words from ${other}.`
      : `${who} waits until ${other} takes the words that are in flight.`
  return { part: wait.part, text, on: [wait.resource] }
}

function cascadeWait(device: Device, { part, kind, resource }: WaitView): WaitLine {
  const who = capital(spokenPart(device, part))
  const verb = kind === 'cascadeValue' ? 'waits for a value' : 'waits for room'
  if (resource < 0) return { part, text: `${who} ${verb} on a cascade that leads nowhere.`, on: [] }
  const other = spokenPart(device, resource)
  const text =
    kind === 'cascadeValue'
      ? `${who} waits for a cascade value from ${other}.`
      : `${who} waits until ${other} takes a cascade value.`
  return { part, text, on: [resource] }
}

/** What a uC waits for: the sentence is CERT's own; which parts could end it is found here. */
function ucWait(parts: Parts, uc: number): WaitLine | undefined {
  const text = parts.cert.explainWait(uc)
  if (text === undefined) return undefined
  const { wait } = parts.cert.inspect(uc)
  const part = partOf(PartKind.uc, uc)
  if (wait?.kind === 'tokens') return { part, text, on: tokenSource(parts, wait.on) }
  const meets = wait?.kind === 'remoteBarrier' || wait?.kind === 'meet'
  return { part, text, on: meets ? others(parts, uc) : [] }
}

/** The channel whose tokens a wait names; `on` = tile word << 8 | actor. */
function tokenSource({ device, numbering }: Parts, on: number): number[] {
  const { columnShift, rowMask } = controlCode.tile
  const column = on >>> (8 + columnShift)
  const row = (on >>> 8) & rowMask
  if (column >= device.columns || row >= rowCount(device)) return []
  const at = mapOfRow(device, row).channels.findIndex((c) => c.actor === (on & 0xff))
  if (at < 0) return []
  return [partOf(PartKind.channel, numbering.firstChannel[tileIndex(device, column, row)]! + at)]
}

function others(parts: Parts, uc: number): number[] {
  const { context } = parts.cert.inspect(uc)
  return Array.from({ length: parts.cert.ucCount }, (_, other) => other)
    .filter((other) => other !== uc && parts.cert.inspect(other).context === context)
    .map((other) => partOf(PartKind.uc, other))
}

/** Agents that the design lets release a lock: channels whose descriptors do, and cores that use it. */
function releasers(parts: Parts, image: DesignImage | undefined, lock: number): number[] {
  const { device, numbering } = parts
  const found = new Set<number>()
  for (const program of image?.dma ?? []) {
    const map = mapOfRow(device, program.row)
    const at = map.channels.findIndex(
      (c) =>
        c.direction === program.direction && c.channel === program.channel && c.role === 'data',
    )
    for (const bd of program.bds) {
      if (!bd.release || bd.release.value <= 0) continue
      const { tile, lock: own } = bd.release
      if (numbering.firstLock[tileIndex(device, tile.column, tile.row)]! + own !== lock) continue
      const first = numbering.firstChannel[tileIndex(device, program.column, program.row)]!
      found.add(partOf(PartKind.channel, first + at))
    }
  }
  for (const fifo of image?.fifos ?? []) {
    for (const end of fifo.ends) {
      const given = end.locks[end.role === 'producer' ? 1 : 0]
      const isCore = end.row >= rowCount(device) - device.rows.core
      if (!isCore) continue
      if (given === undefined || lockNumberOf(parts, image, end.memory, given) !== lock) continue
      found.add(partOf(PartKind.core, coreIndex(device, end.column, end.row)))
    }
  }
  return [...found]
}

function lockNumberOf(
  parts: Parts,
  image: DesignImage | undefined,
  at: { readonly column: number; readonly row: number },
  name: string,
): number {
  const tile = image?.tiles.find((t) => t.column === at.column && t.row === at.row)
  const lock = tile?.locks.find((l) => l.name === name)
  if (!lock) return -1
  return parts.numbering.firstLock[tileIndex(parts.device, at.column, at.row)]! + lock.id
}

/**
 * The sentences in the order in which they explain a standstill: from who waits for a result, along what each waits
 * for, until the chain closes or ends. Agents that wait beside it come last, as one line of their number.
 */
export function explainStandstill(
  parts: Parts,
  image: DesignImage | undefined,
): readonly WaitLine[] {
  const lines = listWaits(parts, image)
  const byPart = new Map(lines.map((line) => [line.part, line]))
  const ordered = new Set<WaitLine>()
  const visit = (part: number) => {
    const line = byPart.get(part)
    if (!line || ordered.has(line)) return
    ordered.add(line)
    line.on.forEach(visit)
  }
  const ucs = lines.filter((line) => partKind(line.part) === PartKind.uc)
  const direct = ucs.filter((line) => line.on.every((part) => partKind(part) !== PartKind.uc))
  ;[...direct, ...ucs].forEach((line) => visit(line.part))
  if (ordered.size === 0) return lines.length > 0 ? lines : threadWaits(parts)
  const rest = lines.length - ordered.size
  if (rest === 0) return [...ordered]
  const text = `${rest} more ${rest === 1 ? 'agent waits' : 'agents wait'} beside this chain.`
  return [...ordered, { part: -1, text, on: [] }]
}

/** What host threads wait for, when nothing on the die does: then nobody has told the device to begin. */
function threadWaits({ driver }: Parts): readonly WaitLine[] {
  const contexts = driver.inspectContexts()
  return driver.inspectThreads().flatMap(({ thread, waitsFor, waitDetail }) => {
    if (waitsFor === undefined) return []
    const part = partOf(PartKind.thread, thread)
    const context = contexts.find(({ handle }) => handle === waitDetail)
    if (waitsFor !== waitNames[WaitKind.completion] || !context) {
      return [{ part, text: `Host thread ${thread} waits for ${waitsFor}.`, on: [] }]
    }
    const count = context.writeIndex - context.readIndex
    const packets = count === 1 ? '1 packet lies' : `${count} packets lie`
    const why =
      count > 0 ? `${packets} in its queue, and the doorbell was not rung` : 'its queue is empty'
    const text = `Host thread ${thread} waits for a completion of context ${waitDetail}: ${why}.`
    return [{ part, text, on: [] }]
  })
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1)
}

/**
 * Folding: many writes in one line, and in a few lines for whoever wants to know more.
 *
 *     writes of a uC-DMA chain ── foldWrites ──▶ "14 registers: BD 0..2 of S2MM 0 of mem [0,1], …"
 */
import type { Device } from '../../../device/tiles.ts'
import type { Target } from './target.ts'
import { channelWords, descriptorOf, partOfTarget } from './target.ts'
import { coreVerb, descriptorWords, hex, registerWords, writeWords } from './writes.ts'

/** One word that goes to an address. */
export interface Write {
  readonly target: Target
  readonly value: number
}

export interface Folded {
  readonly text: string
  /** Tiles, channels, locks and cores that are written, in order. */
  readonly parts: readonly string[]
  /** What is written, thing by thing. */
  readonly lines: readonly string[]
}

/** Things that the first line lists before it says how many more there are. */
const listedThings = 3
/** Lines of the long form. */
const lineLimit = 60

/** Numbers as runs: `0..2, 5`. */
export function runsOf(numbers: Iterable<number>): string {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b)
  const runs: string[] = []
  for (let i = 0; i < sorted.length;) {
    let end = i
    while (sorted[end + 1] === sorted[end] + 1) end++
    runs.push(end > i ? `${sorted[i]}${end > i + 1 ? '..' : ', '}${sorted[end]}` : `${sorted[i]}`)
    i = end + 1
  }
  return runs.join(', ')
}

/** What kind of thing a write touches; things of one kind are told together. */
type Kind =
  | 'bd'
  | 'queue'
  | 'channel'
  | 'port'
  | 'lock'
  | 'core'
  | 'side'
  | 'data'
  | 'program'
  | 'other'

function kindOf({ entry, area }: Target): Kind {
  if (area === 'data' || area === 'program') return area
  switch (entry?.role) {
    case 'bd':
      return 'bd'
    case 'dmaQueue':
      return 'queue'
    case 'dmaControl':
      return 'channel'
    case 'master':
    case 'slave':
    case 'slot':
    case 'mux':
      return 'port'
    case 'lockValue':
      return 'lock'
    case 'coreControl':
      return 'core'
    case 'isolation':
      return 'side'
    default:
      return 'other'
  }
}

/** The thing within its tile: descriptors of one channel, all ports of a switch, a verb of the core. */
function keyOf({ target, value }: Write, kind: Kind): string {
  if (kind === 'core') return `${kind} ${coreVerb(value, 3)}`
  if (kind === 'side') return kind
  return `${kind} ${target.tile}`
}

const isMemory = (kind: Kind) => kind === 'data' || kind === 'program'
const joined = (words: Iterable<string>) => [...new Set(words)].join(', ')
const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`

/** `core [0,2], [0,3]`: tiles with their kind once, and only their number when there are many. */
function tilesOf(writes: readonly Write[]): string {
  const tiles = [...new Set(writes.map(({ target }) => target.tile))]
  const [first = ''] = tiles
  const kind = first.split(' ')[0]
  const isOneKind = tiles.every((tile) => tile.startsWith(`${kind} `))
  if (tiles.length > listedThings) return plural(tiles.length, isOneKind ? `${kind} tile` : 'tile')
  return tiles
    .map((tile, i) => (i > 0 && isOneKind ? tile.slice(tile.indexOf('[')) : tile))
    .join(', ')
}

/** `BD 0..2 of S2MM 0, MM2S 0 of mem [0,1]`: descriptors of a tile, channel by channel where they are private. */
function bdWords(writes: readonly Write[], where: string): string {
  const byOwner = new Map<string, number[]>()
  for (const { target } of writes) {
    const bd = descriptorOf(target)
    if (bd) byOwner.set(bd.owner, [...(byOwner.get(bd.owner) ?? []), bd.number])
  }
  const byRuns = new Map<string, string[]>()
  for (const [owner, numbers] of byOwner) {
    const runs = runsOf(numbers)
    byRuns.set(runs, [...(byRuns.get(runs) ?? []), owner])
  }
  const told = [...byRuns].map(([runs, owners]) => {
    const names = owners.filter(Boolean)
    if (names.length > listedThings) return `BD ${runs} of ${names.length} channels`
    return names.length > 0 ? `BD ${runs} of ${names.join(', ')}` : `BD ${runs}`
  })
  return `${told.join(', ')} of ${where}`
}

/** One group of writes to the same thing. */
function groupWords(kind: Kind, writes: readonly Write[]): string {
  const where = tilesOf(writes)
  const { target } = writes[0]
  switch (kind) {
    case 'bd':
      return bdWords(writes, where)
    case 'queue':
    case 'channel': {
      const names = joined(
        writes.map((w) => {
          const channel = w.target.map.channels[w.target.entry!.arg]
          return channel ? channelWords(channel) : ''
        }),
      )
      return `${kind === 'queue' ? 'start of' : 'control of'} ${names} of ${where}`
    }
    case 'port':
      return `${plural(new Set(writes.map((w) => w.target.address)).size, 'switch register')} of ${where}`
    case 'lock': {
      const locks = runsOf(writes.map((w) => w.target.entry!.arg))
      return `${/^\d+$/.test(locks) ? 'lock' : 'locks'} ${locks} of ${where}`
    }
    case 'core':
      return `${where} ${coreVerb(writes[0].value, 3)}`
    case 'side':
      return `sides of ${where}`
    case 'data':
    case 'program':
      return `${writes.length * 4} bytes of ${kind === 'data' ? 'memory' : 'program'} of ${where}`
    case 'other': {
      const addresses = new Set(writes.map((w) => w.target.address)).size
      return addresses === 1
        ? registerWords(target)
        : `${plural(addresses, 'register')} of ${where}`
    }
  }
}

const manyWords: Readonly<Record<Kind, string>> = {
  bd: 'BDs',
  queue: 'starts of channels',
  channel: 'control of channels',
  port: 'switches',
  lock: 'locks',
  core: 'control',
  side: 'sides',
  data: 'memory',
  program: 'program',
  other: 'other registers',
}

interface Group {
  readonly kind: Kind
  readonly writes: Write[]
}

function groupsOf(writes: readonly Write[], keys: (write: Write, kind: Kind) => string): Group[] {
  const groups = new Map<string, Group>()
  for (const write of writes) {
    const kind = kindOf(write.target)
    const key = keys(write, kind)
    const group = groups.get(key) ?? { kind, writes: [] }
    group.writes.push(write)
    groups.set(key, group)
  }
  return [...groups.values()]
}

/** The things in a line; kinds are told as a whole when there are too many things. */
function thingsOf(groups: readonly Group[], writes: readonly Write[]): string {
  if (groups.length <= listedThings)
    return groups.map((g) => groupWords(g.kind, g.writes)).join(', ')
  const byKind = groupsOf(writes, (_, kind) => kind)
  const told = byKind.map(({ kind, writes: mine }) => {
    const things = groups.filter((g) => g.kind === kind)
    const [only] = things
    return things.length === 1 && only
      ? groupWords(kind, only.writes)
      : `${manyWords[kind]} of ${tilesOf(mine)}`
  })
  const rest = told.length - listedThings
  if (rest <= 1) return told.join(', ')
  return `${told.slice(0, listedThings).join(', ')} and ${rest} more kinds`
}

/** `14 registers, 512 bytes`: how much is written. */
function amountOf(writes: readonly Write[]): string {
  const registers = new Set<number>()
  let words = 0
  for (const { target } of writes) {
    if (isMemory(kindOf(target))) words++
    else registers.add(target.address)
  }
  return [
    registers.size > 0 ? plural(registers.size, 'register') : '',
    words > 0 ? `${words * 4} bytes` : '',
  ]
    .filter(Boolean)
    .join(', ')
}

/** Says what a run of writes does, in one line and in several. */
export function foldWrites(device: Device, writes: readonly Write[]): Folded {
  if (writes.length === 0) return { text: 'writes nothing', parts: [], lines: [] }
  const parts = [...new Set(writes.map(({ target }) => partOfTarget(target) ?? ''))].filter(Boolean)
  if (writes.length === 1) {
    const [{ target, value }] = writes
    return { text: writeWords(target, value), parts, lines: [] }
  }
  const groups = groupsOf(writes, keyOf)
  const [first] = groups
  const things = thingsOf(groups, writes)
  const isPlain =
    groups.length === 1 && first !== undefined && (isMemory(first.kind) || first.kind === 'port')
  const lines = linesOf(device, writes)
  const rest = lines.length - lineLimit
  return {
    text: isPlain ? things : `${amountOf(writes)}: ${things}`,
    parts,
    lines: rest > 0 ? [...lines.slice(0, lineLimit), `… and ${rest} more`] : lines,
  }
}

/** One line for each descriptor that is written whole, each run of memory, and each other register. */
function linesOf(device: Device, writes: readonly Write[]): string[] {
  const lines: string[] = []
  for (let i = 0; i < writes.length;) {
    const { target, value } = writes[i]
    const run = runFrom(writes, i)
    const kind = kindOf(target)
    const bd = descriptorOf(target)
    if (bd && bd.word === 0 && run >= bd.first.layout.words) {
      lines.push(descriptorLine(device, writes.slice(i, i + bd.first.layout.words)))
      i += bd.first.layout.words
    } else if (isMemory(kind) && run > 1) {
      let end = i
      while (end < i + run && kindOf(writes[end].target) === kind) end++
      const what = kind === 'data' ? 'memory' : 'program'
      lines.push(`${(end - i) * 4} bytes of ${what} of ${target.tile} at ${hex(target.offset)}`)
      i = end
    } else {
      lines.push(writeWords(target, value))
      i++
    }
  }
  return lines
}

/** How many writes from `from` on go to consecutive words. */
function runFrom(writes: readonly Write[], from: number): number {
  let end = from + 1
  while (end < writes.length && writes[end].target.address === writes[end - 1].target.address + 4)
    end++
  return end - from
}

/** A whole descriptor: which one, and what it says. */
export function descriptorLine(device: Device, writes: readonly Write[]): string {
  const { target } = writes[0]
  const bd = descriptorOf(target)
  if (!bd) return registerWords(target)
  const owner = bd.owner ? `${bd.owner} of ` : ''
  const words = Uint32Array.from(writes, (write) => write.value)
  return `BD ${bd.number} of ${owner}${target.tile}: ${descriptorWords(device, target, words)}`
}

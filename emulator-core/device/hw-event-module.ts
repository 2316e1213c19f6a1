/**
 * What a table of hardware events says, and how it is written: rows of a first number and one or several names that
 * repeat; `#` is the index.
 */
/** A run of event numbers that mean the same thing of several: first number and how many. */
export type EventRun = readonly [first: number, count: number]

/** An event that is the OR of the members its enable register lets through, bit k the k-th member. */
export interface EventGroup {
  readonly event: number
  readonly first: number
  readonly count: number
  /** Which of the module's group enable registers. */
  readonly register: number
}

export interface EventModule {
  /** Prefix of its register names in the AIE2 family, and its name for people. */
  readonly name: string
  /** Application half, −1 when the module serves the whole tile. */
  readonly half: number
  /** Bits of an event field in its registers. */
  readonly bits: 7 | 8
  /** Published names by number; empty where there is none. */
  readonly names: readonly string[]
  /** Number of each meaning. Keys are those of the array's vocabulary and the module's own sources. */
  readonly runs: Readonly<Record<string, EventRun>>
  readonly groups: readonly EventGroup[]
  readonly counters: number
  readonly combos: number
  readonly edges: number
  readonly statusWords: number
  readonly ports: number
  readonly lockSelectors: number
  /** First lock of the tile that its selectors count from, and how many they reach. */
  readonly locks: EventRun
  /**
   * DMA events: place of each channel of the tile in a run (−1: it has none), or `selected` when a
   * register chooses two channels of each direction.
   */
  readonly dma: readonly number[] | 'selected' | 'none'
  /** First and number of channels per direction that the selection register counts. */
  readonly selectable?: { readonly s2mm: EventRun; readonly mm2s: EventRun }
  /** Broadcast switches. */
  readonly switches: number
  readonly traceUnits: number
  /** Interrupt controllers: inputs of each. */
  readonly interrupts: readonly number[]
}

/** Events that every module has. */
export const eventTrue = 1
export const eventTimerSync = 3
export const eventTimerValue = 4
/** Channels of the broadcast network. */
export const broadcastChannels = 16
/** Slots of a trace unit. */
export const traceSlots = 8

export type NameRow = readonly [first: number, names: string | readonly string[], count?: number]

/** Names by number. */
export function expandNames(rows: readonly NameRow[]): readonly string[] {
  const list: string[] = Array.from({ length: 256 }, () => '')
  for (const [first, names, count] of rows) {
    const several = typeof names === 'string' ? [names] : names
    for (let i = 0; i < (count ?? 1); i++) {
      several.forEach((name, k) => {
        list[first + i * several.length + k] = name.replace('#', String(i))
      })
    }
  }
  return list
}

/** Groups in the order of their enable registers: event, first member, members. `again` members have two registers. */
export function groups(
  rows: readonly (readonly [event: number, first: number, count: number])[],
): { event: number; first: number; count: number; register: number }[] {
  return rows.map(([event, first, count], register) => ({ event, first, count, register }))
}

export const portNames = ['PORT_IDLE_#', 'PORT_RUNNING_#', 'PORT_STALLED_#', 'PORT_TLAST_#']
export const lockNames = [
  'LOCK_SEL#_ACQ_EQ',
  'LOCK_SEL#_ACQ_GE',
  'LOCK_SEL#_REL',
  'LOCK_SEL#_EQUAL_TO_VALUE',
]
export const commonNames: readonly NameRow[] = [
  [0, ['NONE', 'TRUE', 'GROUP_0', 'TIMER_SYNC', 'TIMER_VALUE_REACHED']],
]

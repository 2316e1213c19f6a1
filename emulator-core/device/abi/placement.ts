/**
 * Placement refusals: why the management firmware makes no partition or context, in the words behind an error status.
 *
 *     firmware ── pack(rule, who, nearest) ──▶ word of the reply ── unpack ──▶ driver's sentence
 *
 * Modelled    the real reply carries only the status; the word says which rule refused and what would fit
 */

/** Rules, by name. */
export const PlacementRule = {
  none: 0,
  /** A partition of no columns. */
  empty: 1,
  /** Columns that the array does not have. */
  outside: 2,
  /** Columns of another partition; `who` is that partition. */
  overlap: 3,
  /** No further partition; `who` is the limit. */
  partitionLimit: 4,
  /** The context names a partition that is not there. */
  unknownPartition: 5,
  /** A number of tiles that stands for no width. */
  tiles: 6,
  /** More columns than the partition has; `who` is their number. */
  tooWide: 7,
  /** All contexts are in use. */
  contextLimit: 8,
} as const

/** What refused, and the nearest request that would fit: columns from `start`, or `tiles` when `count` is 0. */
export interface PlacementRefusal {
  readonly rule: number
  readonly who: number
  readonly start: number
  readonly count: number
}

/** Packs a refusal into a word: rule, who, and two bytes of the nearest request. */
export function packRefusal(rule: number, who: number, start: number, count: number): number {
  return (rule | ((who & 0xff) << 8) | ((start & 0xff) << 16) | ((count & 0xff) << 24)) >>> 0
}

/** The parts of a word that `packRefusal` made; for a context `start` holds tiles. */
export function unpackRefusal(word: number): PlacementRefusal {
  return {
    rule: word & 0xff,
    who: (word >>> 8) & 0xff,
    start: (word >>> 16) & 0xff,
    count: word >>> 24,
  }
}

function columnsWord(start: number, count: number): string {
  return count === 1 ? `column ${start}` : `columns ${start} to ${start + count - 1}`
}

/** Why a partition of `count` columns from `start` was refused, as a sentence. */
export function explainPartitionRefusal(word: number, start: number, count: number): string {
  const found = unpackRefusal(word)
  const nearest =
    found.count > 0
      ? `the nearest request that fits is start ${found.start}, count ${found.count}`
      : `nothing fits until a partition is destroyed (the driver's own is called 'default')`
  switch (found.rule) {
    case PlacementRule.empty:
      return `A partition has at least one column; ${nearest}.`
    case PlacementRule.outside:
      return `The array does not have all of ${columnsWord(start, count)}; ${nearest}.`
    case PlacementRule.overlap:
      return (
        `Partition ${found.who} holds some of ${columnsWord(start, count)}, and partitions of ` +
        `one function do not overlap; ${nearest}.`
      )
    case PlacementRule.partitionLimit:
      return `A function has at most ${found.who} partitions; ${nearest}.`
    default:
      return 'The firmware refused the partition.'
  }
}

/** Why a context of `tiles` was refused in a partition, as a sentence. */
export function explainContextRefusal(word: number, tiles: number, partition: number): string {
  const found = unpackRefusal(word)
  const nearest =
    found.start > 0
      ? `the nearest request that fits is ${found.start} tiles`
      : 'nothing fits until a context is destroyed'
  switch (found.rule) {
    case PlacementRule.unknownPartition:
      return (
        `The firmware has no partition ${partition}; a context fits in one that was made with ` +
        `createPartition, or in the driver's own.`
      )
    case PlacementRule.tiles:
      return (
        `${tiles} tiles stand for no width: a context takes part of one column or whole ` +
        `columns; ${nearest}.`
      )
    case PlacementRule.tooWide:
      return `${tiles} tiles take more columns than partition ${partition} has, which is ${found.who}; ${nearest}.`
    case PlacementRule.contextLimit:
      return `The firmware has no free context; ${nearest}.`
    default:
      return 'The firmware refused the context.'
  }
}

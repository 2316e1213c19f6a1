/** Part names in sentences: which words name a part, and whether the scene has it. */
import type { Scene } from '../../emulator-core/worker/frame.ts'

export interface Piece {
  readonly text: string
  readonly part?: string
}

/** Names as they are, and the ways in which sentences say them. */
const patterns = [
  String.raw`(?<name>tile\[\d+,\d+\](?:\.[a-z][a-z0-9]*)*|\b(?:uc|bo|hwctx|queue|thread)\d+\b)`,
  String.raw`\buC (?<uc>\d+)\b`,
  String.raw`\b(?<kind>[Cc]ore|[Mm]em|[Ss]him) \((?<at>\d+,\d+)\)(?: (?<way>S2MM|MM2S) (?<channel>\d+))?`,
]
const names = new RegExp(patterns.join('|'), 'g')

/** The part that a match names. */
function partOf(groups: Readonly<Record<string, string | undefined>>): string {
  const { name, uc, kind, at, way, channel } = groups
  if (name !== undefined) return name
  if (uc !== undefined) return `uc${uc}`
  const tile = `tile[${at}]`
  if (way !== undefined) return `${tile}.dma.${way.toLowerCase()}${channel}`
  return kind?.toLowerCase() === 'core' ? `${tile}.core` : tile
}

/** Cuts a sentence at the names of parts: `tile[1,3].core`, `core (1,3)`, `mem (0,1) S2MM 2`, `uC 0`. */
export function cutParts(text: string, known: (part: string) => boolean): readonly Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const match of text.matchAll(names)) {
    const part = partOf(match.groups ?? {})
    if (!known(part)) continue
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) })
    pieces.push({ text: match[0], part })
    from = match.index + match[0].length
  }
  if (from < text.length) pieces.push({ text: text.slice(from) })
  return pieces
}

/** True when selecting `part` shows something. */
export function knowsPart(scene: Scene | undefined, part: string): boolean {
  if (!scene) return false
  const tile = /^tile\[(\d+),(\d+)\]/.exec(part)
  if (tile) {
    const [, column, row] = tile
    return scene.tiles.some((one) => one.column === Number(column) && one.row === Number(row))
  }
  return (
    scene.ucs.some((uc) => uc.part === part) ||
    scene.bos.some((bo) => `bo${bo.handle}` === part) ||
    /^(hwctx|queue|thread)\d+$/.test(part)
  )
}

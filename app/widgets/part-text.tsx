/** A sentence in which every part that the scene knows is a link. */
import { Fragment } from 'react'
import type { Scene } from '../../emulator-core/worker/frame.ts'
import { useLive } from '../stores/live.ts'
import { PartLink } from './part-link.tsx'

export interface Piece {
  readonly text: string
  readonly part?: string
}

const names =
  /tile\[\d+,\d+\](?:\.[a-z][a-z0-9]*)*|\b(?:uc|bo|hwctx|queue|thread)\d+\b|\b([Cc]ore|[Mm]em|[Ss]him) \((\d+),(\d+)\)(?: (S2MM|MM2S) (\d+))?/g

/** The part's name for words like `core (1,3)` and `mem (0,1) S2MM 2`. */
function spelled(kind: string, at: string, direction?: string, channel?: string): string {
  const tile = `tile[${at}]`
  if (direction === 'S2MM' || direction === 'MM2S') {
    return `${tile}.dma.${direction.toLowerCase()}${channel}`
  }
  return kind === 'core' ? `${tile}.core` : tile
}

/** Cuts a sentence at the names of parts: `tile[1,3].core`, `uc0`, `core (1,3)`. */
export function cutParts(text: string, known: (part: string) => boolean): readonly Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const match of text.matchAll(names)) {
    const [word, kind, column, row, direction, channel] = match
    const part =
      kind === undefined
        ? word
        : spelled(kind.toLowerCase(), `${column},${row}`, direction, channel)
    if (!known(part)) continue
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) })
    pieces.push({ text: word, part })
    from = match.index + word.length
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

export function PartText({ text }: { readonly text: string }) {
  const scene = useLive((state) => state.scene)
  return cutParts(text, (part) => knowsPart(scene, part)).map((piece, index) =>
    piece.part === undefined ? (
      <Fragment key={index}>{piece.text}</Fragment>
    ) : (
      <PartLink key={index} part={piece.part}>
        {piece.text}
      </PartLink>
    ),
  )
}

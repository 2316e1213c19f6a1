/** A sentence in which every part that the scene knows is a link. */
import { Fragment } from 'react'
import { useLive } from '../stores/live.ts'
import { PartLink } from './part-link.tsx'
import { cutParts, knowsPart } from './part-names.ts'

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

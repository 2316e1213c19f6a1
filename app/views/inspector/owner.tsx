/** The numbered badge of whoever owns a part, with the owner's name. */
import { useLive } from '../../stores/live.ts'
import { usePalette } from '../../styles/theme.ts'
import { tileOf } from './tile.ts'

export function OwnerBadge({ part }: { readonly part: string }) {
  const number = useLive((state) => tileOf(state.scene, part)?.owner ?? 0)
  const name = useLive((state) => state.scene?.owners.find((one) => one.number === number)?.name)
  const { owners, ownerInk } = usePalette()
  if (number === 0) return null
  const hue = (number - 1) % owners.length
  return (
    <>
      <span className="owner" style={{ background: owners[hue], color: ownerInk[hue] }}>
        {number}
      </span>
      <span>{name}</span>
    </>
  )
}

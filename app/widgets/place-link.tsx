/** A place in the sources as a link: `double.cc:14`. */
import type { Place } from '../../emulator-core/worker/frame.ts'
import { goTo } from '../session/reveal.ts'

export function PlaceLink({ place }: { readonly place: Place }) {
  return (
    <button type="button" className="link mono" onClick={() => goTo(place)}>
      {place.file}:{place.line}
    </button>
  )
}

/**
 * The one frame loop of the page: whoever is dirty is painted in the next animation frame, and when nobody is,
 * nothing runs at all. A hidden page keeps its marks and paints when it comes back.
 */

/** Something that paints. `mark` asks for a painting; `end` takes it out of the loop. */
export interface Painting {
  mark(): void
  end(): void
}

/** What the loop needs of the page; tests pass their own. */
export interface Clock {
  request(callback: (time: number) => void): number
  isHidden(): boolean
  onShown(callback: () => void): void
}

export interface Loop {
  add(paint: (time: number) => void): Painting
  /** Animation frames run so far, for the performance overlay and for tests. */
  count(): number
}

export function createLoop(clock: Clock): Loop {
  const dirty = new Set<(time: number) => void>()
  let pending = false
  let frames = 0
  const request = () => {
    if (pending || dirty.size === 0 || clock.isHidden()) return
    pending = true
    clock.request(run)
  }
  const run = (time: number) => {
    pending = false
    frames++
    const due = [...dirty]
    dirty.clear()
    for (const paint of due) paint(time)
    request()
  }
  clock.onShown(request)
  return {
    add(paint) {
      return {
        mark() {
          dirty.add(paint)
          request()
        },
        end() {
          dirty.delete(paint)
        },
      }
    },
    count: () => frames,
  }
}

let shared: Loop | undefined

/** The page's loop, made on first use. */
export function pageLoop(): Loop {
  shared ??= createLoop({
    request: (callback) => requestAnimationFrame(callback),
    isHidden: () => document.hidden,
    onShown: (callback) => document.addEventListener('visibilitychange', callback),
  })
  return shared
}

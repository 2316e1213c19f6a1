/**
 * Hints: three things to try in the first half minute, beside the one primary button. Each sits beside its target, blocks nothing, goes with Esc
 * or when it was followed, and never returns unless asked for.
 */
import { useEffect, useLayoutEffect, useState } from 'react'
import { perform } from '../session/actions.ts'
import { useDocument } from '../stores/document.ts'
import { useLive } from '../stores/live.ts'
import { useWorkspace } from '../stores/workspace.ts'

interface Hint {
  readonly id: string
  readonly text: string
  /** Selector of what it sits beside. */
  readonly target: string
  readonly side: 'right' | 'inside'
  readonly action?: { readonly id: string; readonly name: string }
}

const hints: readonly Hint[] = [
  {
    id: 'drag',
    text: 'or drag time backwards',
    target: '[data-hint="playhead"]',
    side: 'right',
  },
  {
    id: 'edit',
    text: 'Change 2 to 3 in the kernel, then press Run',
    target: '[data-hint="code"]',
    side: 'inside',
    action: { id: 'run.build', name: 'Run' },
  },
  {
    id: 'break',
    text: 'One wrong lock count: what stops, and why?',
    target: '[data-hint="code"]',
    side: 'inside',
    action: { id: 'edit.breakIt', name: 'Break it' },
  },
]

/** Things that Esc closes before a hint: dialogs, menus, the editor's list of completions and its search. */
const busy =
  'dialog[open], [role="menu"], .suggest-widget.visible, .find-widget.visible, .monaco-hover:not(.hidden)'

/** The hint to show now: the first one that is not done. */
export function nextHint(done: readonly string[]): string | undefined {
  return hints.find((hint) => !done.includes(hint.id))?.id
}

/** Marks hints as done when a person does what they say. */
function useFollowed(): void {
  const finish = useWorkspace((state) => state.finishHint)
  useEffect(() => {
    const stopLive = useLive.subscribe((now, before) => {
      const back = now.moment.tick < before.moment.tick && now.scene === before.scene
      if (back && now.epoch === before.epoch && before.moment.tick > 0) finish('drag')
    })
    const stopDocument = useDocument.subscribe((now, before) => {
      if (now.id !== before.id || now.past.length <= before.past.length) return
      const label = now.past[now.past.length - 1]?.label ?? ''
      if (label.startsWith('edit of')) finish('edit')
      if (label === 'broken lock count') finish('break')
    })
    return () => {
      stopLive()
      stopDocument()
    }
  }, [finish])
}

export function Hints() {
  const done = useWorkspace((state) => state.hintsDone)
  const finish = useWorkspace((state) => state.finishHint)
  const ready = useLive((state) => state.scene !== undefined && !state.running)
  const isDouble = useDocument((state) => state.id === 'double')
  useFollowed()
  const hint = hints.find(({ id }) => id === nextHint(done))
  const shown = ready && isDouble ? hint : undefined
  const place = usePlace(shown)

  useEffect(() => {
    if (!shown) return
    const down = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || document.querySelector(busy)) return
      event.preventDefault()
      finish(shown.id)
    }
    // Before anyone else, so that one Esc dismisses the hint and nothing more.
    window.addEventListener('keydown', down, true)
    return () => window.removeEventListener('keydown', down, true)
  }, [shown, finish])

  if (!shown || !place) return null
  return (
    <aside
      className={`hint ${shown.side}${place.isLeft ? ' flipped' : ''}`}
      style={{ left: place.left, top: place.top }}
      aria-label="Hint"
    >
      <span>{shown.text}</span>
      {shown.action && (
        <button type="button" className="act" onClick={() => perform(shown.action?.id ?? '')}>
          {shown.action.name}
        </button>
      )}
      <button type="button" aria-label="Dismiss the hint" onClick={() => finish(shown.id)}>
        Esc
      </button>
    </aside>
  )
}

interface Spot {
  readonly left: number
  readonly top: number
  /** The hint found no room to the right and stands to the left. */
  readonly isLeft: boolean
}

const gap = 10
/** How often a shown hint looks where its target has gone. */
const followMs = 250
/** Before it was measured. */
const usualWidth = 240
const height = 30

/** Where a hint of that width stands beside its target, or at its lower edge, inside the window. */
export function spotBeside(
  target: {
    readonly left: number
    readonly right: number
    readonly top: number
    readonly bottom: number
  },
  side: Hint['side'],
  width: number,
  window: { readonly width: number; readonly height: number },
): Spot {
  const fitsRight = target.right + gap + width < window.width
  const wish = {
    right: {
      left: fitsRight ? target.right + gap : target.left - gap - width,
      top: (target.top + target.bottom) / 2 - height / 2,
    },
    inside: {
      left: target.left + gap,
      top: target.bottom - height - gap,
    },
  }[side]
  return {
    isLeft: side === 'right' && !fitsRight,
    left: Math.max(8, Math.min(wish.left, window.width - width - 8)),
    top: Math.max(8, Math.min(wish.top, window.height - height - 8)),
  }
}

/** Follows the target as it moves; canvases move theirs with every frame. */
function usePlace(hint: Hint | undefined): Spot | undefined {
  const [spot, setSpot] = useState<Spot | undefined>(undefined)
  const tick = useLive((state) => state.moment.tick)
  const sizes = useWorkspace((state) => state.sizes)
  const stage = useWorkspace((state) => state.stage)
  const [resized, setResized] = useState(0)
  useEffect(() => {
    if (!hint) return
    const changed = () => setResized((count) => count + 1)
    window.addEventListener('resize', changed)
    const again = setInterval(changed, followMs)
    return () => {
      window.removeEventListener('resize', changed)
      clearInterval(again)
    }
  }, [hint])
  useLayoutEffect(() => {
    const wish = requestAnimationFrame(() => {
      const target = hint && document.querySelector<HTMLElement>(hint.target)
      const box = target?.getBoundingClientRect()
      const seen = box && box.width + box.height > 0
      const width = document.querySelector('.hint')?.clientWidth ?? usualWidth
      const window = { width: innerWidth, height: innerHeight }
      const next = seen && hint ? spotBeside(box, hint.side, width, window) : undefined
      setSpot((now) => (now && next && now.left === next.left && now.top === next.top ? now : next))
    })
    return () => cancelAnimationFrame(wish)
  }, [hint, tick, sizes, stage, resized])
  return hint ? spot : undefined
}

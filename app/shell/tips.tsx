/**
 * Tips: the words of `data-tip` and the keys of `data-keys`, shown on hover and on focus after a moment, below
 * their target and never over it. They can be hovered, and Esc takes them away.
 */
import { useEffect, useRef, useState } from 'react'

interface Shown {
  readonly text: string
  readonly keys: readonly string[]
  readonly left: number
  readonly top: number
}

const delayMs = 300
const height = 28

function placeFor(target: Element): Omit<Shown, 'text' | 'keys'> {
  const box = target.getBoundingClientRect()
  const below = box.bottom + 6 + height < innerHeight
  return {
    left: Math.max(8, Math.min(box.left, innerWidth - 240)),
    top: below ? box.bottom + 6 : box.top - height - 6,
  }
}

export function Tips() {
  const [shown, setShown] = useState<Shown | undefined>(undefined)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)

  useEffect(() => {
    let pressed: Element | null | undefined
    const hide = () => {
      clearTimeout(timer.current)
      setShown(undefined)
    }
    // What was pressed has been understood: its tip stays away until the pointer has been elsewhere.
    const press = (event: Event) => {
      pressed = event.target instanceof Element ? event.target.closest('[data-tip]') : undefined
      hide()
    }
    const consider = (event: Event) => {
      const element = event.target instanceof Element ? event.target : null
      if (element?.closest('.tip')) return
      hide()
      const target = element?.closest('[data-tip]')
      const text = target?.getAttribute('data-tip')
      if (target !== pressed) pressed = undefined
      if (!target || !text || target === pressed) return
      if (event.type === 'focusin' && !target.matches(':focus-visible, :focus-within')) return
      const keys = target.getAttribute('data-keys')?.split(' ').filter(Boolean) ?? []
      timer.current = setTimeout(() => setShown({ text, keys, ...placeFor(target) }), delayMs)
    }
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') hide()
    }
    const listeners: readonly (readonly [string, (event: never) => void])[] = [
      ['pointerover', consider],
      ['focusin', consider],
      ['pointerdown', press],
      ['keydown', onKey],
    ]
    for (const [name, listener] of listeners)
      document.addEventListener(name, listener as EventListener)
    return () => {
      clearTimeout(timer.current)
      for (const [name, listener] of listeners) {
        document.removeEventListener(name, listener as EventListener)
      }
    }
  }, [])

  if (!shown) return null
  return (
    <div className="tip" role="tooltip" style={{ left: shown.left, top: shown.top }}>
      {shown.text}
      {shown.keys.map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </div>
  )
}

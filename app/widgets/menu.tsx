/** Menu: a button that opens a list of commands. Arrows walk it, Esc closes it and gives focus back. */
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'

export interface MenuItem {
  readonly id: string
  readonly title: string
  /** A quiet second line. */
  readonly line?: string
  readonly chosen?: boolean
  /** Draws a rule above the item. */
  readonly rule?: boolean
  readonly perform: () => void
}

interface Props {
  readonly label: string
  readonly className: string
  readonly items: readonly MenuItem[]
  readonly atEnd?: boolean
  readonly tip?: string
  readonly children: ReactNode
}

export function Menu({ label, className, items, atEnd = false, tip, children }: Props) {
  const [open, setOpen] = useState(false)
  const anchor = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()

  useEffect(() => {
    if (!open) return
    anchor.current?.querySelector<HTMLElement>('[role^="menuitem"]')?.focus()
    const outside = (event: Event) => {
      if (!anchor.current?.contains(event.target as Node)) setOpen(false)
    }
    document.addEventListener('pointerdown', outside)
    return () => document.removeEventListener('pointerdown', outside)
  }, [open])

  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (!open) return
    const all = [...(anchor.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])]
    const at = all.indexOf(document.activeElement as HTMLElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]
    if (event.key === 'Escape') close()
    else if (event.key === 'Tab') setOpen(false)
    else if (to !== undefined) all[(to + all.length) % all.length]?.focus()
    if (event.key === 'Escape' || to !== undefined) event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div className="menu-anchor" ref={anchor} onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        data-tip={tip}
        onClick={() => setOpen(!open)}
      >
        {children}
      </button>
      {open && (
        <div className={`popover${atEnd ? ' end' : ''}`} role="menu" id={id} aria-label={label}>
          {items.map((item) => (
            <MenuEntry key={item.id} item={item} close={close} />
          ))}
        </div>
      )}
    </div>
  )
}

function MenuEntry({ item, close }: { readonly item: MenuItem; readonly close: () => void }) {
  const choose = () => {
    close()
    item.perform()
  }
  const isChoice = item.chosen !== undefined
  return (
    <>
      {item.rule && <div className="menu-rule" role="separator" />}
      <button
        type="button"
        className="menu-item"
        role={isChoice ? 'menuitemradio' : 'menuitem'}
        aria-checked={isChoice ? item.chosen : undefined}
        tabIndex={-1}
        onClick={choose}
      >
        {item.title}
        {item.chosen && ' ✓'}
        {item.line && <small>{item.line}</small>}
      </button>
    </>
  )
}

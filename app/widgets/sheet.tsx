/** Sheet: the one kind of dialog. Esc and a click outside close it; focus goes back by itself. */
import { useEffect, useRef, type ReactNode } from 'react'
import { Icon } from './icon.tsx'

interface Props {
  readonly open: boolean
  readonly close: () => void
  readonly title: string
  /** What stands in the head instead of the title. */
  readonly head?: ReactNode
  readonly children: ReactNode
}

export function Sheet({ open, close, title, head, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const element = dialog.current
    if (!element || element.open === open) return
    if (open) element.showModal()
    else element.close()
  }, [open])
  return (
    <dialog
      ref={dialog}
      className="sheet"
      aria-label={title}
      onClose={close}
      onClick={(event) => {
        if (event.target === dialog.current) close()
      }}
    >
      {open && (
        <>
          <div className="sheet-head">
            {head ?? <h2>{title}</h2>}
            <span className={head ? '' : 'space'} />
            <button
              type="button"
              className="button ghost icon-only"
              aria-label="Close"
              onClick={close}
            >
              <Icon name="close" />
            </button>
          </div>
          <div className="sheet-body" tabIndex={-1}>
            {children}
          </div>
        </>
      )}
    </dialog>
  )
}

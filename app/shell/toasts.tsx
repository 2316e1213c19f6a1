/** Toasts: short notes in a corner. Notes go by themselves, errors wait to be read. */
import { useEffect } from 'react'
import { useToasts, type Toast } from '../stores/toasts.ts'
import { Icon, type IconName } from '../widgets/icon.tsx'

const lifeMs = 8000
const icons: Readonly<Record<Toast['level'], IconName>> = {
  note: 'note',
  caution: 'warning',
  error: 'error',
}

export function Toasts() {
  const list = useToasts((state) => state.list)
  return (
    <section className="toasts" aria-label="Messages">
      <div role="log" aria-live="polite">
        {list.map((toast) => (
          <OneToast key={toast.id} toast={toast} />
        ))}
      </div>
    </section>
  )
}

function OneToast({ toast }: { readonly toast: Toast }) {
  const dismiss = useToasts((state) => state.dismiss)
  useEffect(() => {
    if (toast.level === 'error') return
    const timer = setTimeout(() => dismiss(toast.id), lifeMs)
    return () => clearTimeout(timer)
  }, [toast, dismiss])
  return (
    <div className={`toast ${toast.level}`}>
      <Icon name={icons[toast.level]} />
      <p>{toast.text}</p>
      {toast.button && (
        <button
          type="button"
          className="button small"
          onClick={() => {
            dismiss(toast.id)
            toast.button?.perform()
          }}
        >
          {toast.button.name}
        </button>
      )}
      <button
        type="button"
        className="button ghost icon-only small"
        aria-label="Dismiss"
        onClick={() => dismiss(toast.id)}
      >
        <Icon name="close" size={12} />
      </button>
    </div>
  )
}

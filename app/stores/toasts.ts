/** Toasts: short notes about what just happened. Never the only place where something is said. */
import { create } from 'zustand'

export interface Toast {
  readonly id: number
  readonly text: string
  readonly level: 'note' | 'caution' | 'error'
  readonly button?: { readonly name: string; readonly perform: () => void }
}

interface Toasts {
  readonly list: readonly Toast[]
  show(toast: Omit<Toast, 'id'>): void
  dismiss(id: number): void
}

let nextId = 1
const most = 3

export const useToasts = create<Toasts>()((set) => ({
  list: [],
  show: (toast) =>
    set(({ list }) => ({ list: [...list, { ...toast, id: nextId++ }].slice(-most) })),
  dismiss: (id) => set(({ list }) => ({ list: list.filter((one) => one.id !== id) })),
}))

/** Shows a sentence; errors stay until dismissed. */
export function toast(
  text: string,
  level: Toast['level'] = 'note',
  button?: Toast['button'],
): void {
  useToasts.getState().show(button ? { text, level, button } : { text, level })
}

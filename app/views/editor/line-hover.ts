/** The line of control code that is pointed at, in the source, in its effects or among the bytes of its page. */
import { create } from 'zustand'

interface LineHover {
  readonly file: string
  /** One-based; 0 for none. */
  readonly line: number
}

export const useLineHover = create<LineHover>()(() => ({ file: '', line: 0 }))

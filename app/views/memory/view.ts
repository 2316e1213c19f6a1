/** The memory panel. */
import type { View } from '../view.ts'
import { MemoryView } from './memory-view.tsx'

export const view: View = {
  id: 'memory',
  title: 'Memory',
  watch: ['bos', 'cells'],
  Component: MemoryView,
}

/** The array panel. */
import type { View } from '../view.ts'
import { ArrayView } from './array-view.tsx'

export const view: View = {
  id: 'array',
  title: 'Array',
  watch: ['cores', 'channels', 'cells', 'locks', 'routes', 'ucs', 'bos'],
  Component: ArrayView,
}

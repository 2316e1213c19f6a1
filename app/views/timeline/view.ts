/** The timeline panel. */
import type { View } from '../view.ts'
import { TimelineView } from './timeline-view.tsx'

export const view: View = {
  id: 'timeline',
  title: 'Timeline',
  watch: ['cores'],
  Component: TimelineView,
}

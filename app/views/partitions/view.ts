/** The partitions panel. */
import type { View } from '../view.ts'
import { PartitionsView } from './partitions-view.tsx'

export const view: View = {
  id: 'partitions',
  title: 'Partitions',
  watch: ['ucs'],
  Component: PartitionsView,
}

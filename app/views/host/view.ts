/** The host panel. */
import type { View } from '../view.ts'
import { HostView } from './host-view.tsx'

export const view: View = {
  id: 'host',
  title: 'Host',
  watch: ['queue', 'ucs'],
  Component: HostView,
}

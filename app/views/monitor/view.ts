/** The monitor panel. */
import type { View } from '../view.ts'
import { MonitorView } from './monitor-view.tsx'

export const view: View = { id: 'monitor', title: 'Monitor', watch: [], Component: MonitorView }

/** The events panel. */
import type { View } from '../view.ts'
import { EventsView } from './events-view.tsx'

export const view: View = { id: 'events', title: 'Events', watch: [], Component: EventsView }

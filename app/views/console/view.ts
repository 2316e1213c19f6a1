/** The console panel. */
import type { View } from '../view.ts'
import { ConsoleView } from './console-view.tsx'

export const view: View = { id: 'console', title: 'Console', watch: [], Component: ConsoleView }

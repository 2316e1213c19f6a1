/** The problems panel. */
import type { View } from '../view.ts'
import { ProblemsView } from './problems-view.tsx'

export const view: View = { id: 'problems', title: 'Problems', watch: [], Component: ProblemsView }

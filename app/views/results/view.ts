/** The results panel. */
import type { View } from '../view.ts'
import { ResultsView } from './results-view.tsx'

export const view: View = { id: 'results', title: 'Results', watch: [], Component: ResultsView }

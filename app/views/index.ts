/** Every panel of the app. Adding one is adding a folder and a line here. */
import type { View } from './view.ts'
import { view as array } from './array/view.ts'
import { view as console } from './console/view.ts'
import { view as device } from './device/view.ts'
import { view as events } from './events/view.ts'
import { view as host } from './host/view.ts'
import { view as memory } from './memory/view.ts'
import { view as monitor } from './monitor/view.ts'
import { view as partitions } from './partitions/view.ts'
import { view as problems } from './problems/view.ts'
import { view as results } from './results/view.ts'
import { view as timeline } from './timeline/view.ts'

/** The stage shows one of these, in the order of the number keys. */
export const stages: readonly View[] = [array, memory, host, partitions, monitor, device]

/** The tabs of the dock. */
export const dockViews: readonly View[] = [timeline, events, console, results, problems]

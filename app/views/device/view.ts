/** The device panel. */
import type { View } from '../view.ts'
import { DeviceView } from './device-view.tsx'

export const view: View = { id: 'device', title: 'Device', watch: [], Component: DeviceView }

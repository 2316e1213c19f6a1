/** Layout presets: which stage, which panels, how wide. */
import { panelDefaults, useWorkspace, type Panel, type StageId } from '../stores/workspace.ts'

export interface Layout {
  readonly id: string
  readonly name: string
  readonly stage: StageId
  readonly sizes: Readonly<Record<Panel, number>>
  readonly collapsed: Readonly<Record<Panel, boolean>>
}

const open = { code: false, inspector: false, dock: false }

export const layouts: readonly Layout[] = [
  { id: 'learn', name: 'Layout: learn', stage: 'array', sizes: panelDefaults, collapsed: open },
  {
    id: 'debug',
    name: 'Layout: debug',
    stage: 'array',
    sizes: { code: 476, inspector: 320, dock: 260 },
    collapsed: open,
  },
  {
    id: 'host',
    name: 'Layout: host',
    stage: 'host',
    sizes: { code: 476, inspector: 260, dock: 148 },
    collapsed: open,
  },
  {
    id: 'memory',
    name: 'Layout: memory',
    stage: 'memory',
    sizes: { ...panelDefaults, dock: 148 },
    collapsed: { ...open, code: true },
  },
  {
    id: 'partitions',
    name: 'Layout: partitions',
    stage: 'partitions',
    sizes: { ...panelDefaults, dock: 148 },
    collapsed: { ...open, code: true },
  },
]

export function applyLayout({ stage, sizes, collapsed }: Layout): void {
  useWorkspace.getState().showStage(stage)
  useWorkspace.getState().set({ sizes, collapsed })
}

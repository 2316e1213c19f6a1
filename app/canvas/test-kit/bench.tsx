/** Development only: one view over the schedule model, chosen by the address. Never part of a build. */
import { createRoot } from 'react-dom/client'
import '../../styles/fonts.css'
import '../../styles/tokens.css'
import '../../styles/base.css'
import '../../styles/shell.css'
import { startEngine, tell } from '../../session/session.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { applyTheme } from '../../styles/theme.ts'
import type { View } from '../../views/view.ts'
import { modelWorker } from './model-worker.ts'

const query = new URLSearchParams(location.search)
const loaders: Readonly<Record<string, () => Promise<{ view: View }>>> = {
  array: () => import('../../views/array/view.ts'),
  timeline: () => import('../../views/timeline/view.ts'),
  memory: () => import('../../views/memory/view.ts'),
  host: () => import('../../views/host/view.ts'),
  partitions: () => import('../../views/partitions/view.ts'),
}

async function start(): Promise<void> {
  const theme = query.get('theme') === 'light' ? 'light' : 'dark'
  useWorkspace.setState({
    theme,
    selection: query.get('select') ?? 'tile[1,3].core',
    overlay: query.get('overlay') ?? 'state',
  })
  applyTheme()
  const load = loaders[query.get('view') ?? 'array']
  const { view } = await load!()
  startEngine(() =>
    modelWorker({
      columns: Number(query.get('columns') ?? 3),
      ucPerColumn: Number(query.get('ucs') ?? 2),
      cycle: Number(query.get('cycle') ?? 4010),
    }),
  )
  if (query.has('run')) setTimeout(() => tell('run', {}), 500)
  const root = document.getElementById('root')!
  const width = query.get('w')
  const height = query.get('h')
  root.style.cssText = `${width ? `width:${width}px;` : ''}${height ? `height:${height}px;` : 'height:100%;'}position:relative;`
  createRoot(root).render(
    <>
      <div style={{ height: 36, display: 'flex', justifyContent: 'flex-end' }} className="tabs">
        <div className="row" id="stage-tools" />
        <div className="dock-facts" id="dock-tools" />
      </div>
      <div style={{ position: 'relative', height: 'calc(100% - 36px)' }}>
        <view.Component />
      </div>
    </>,
  )
}

void start()

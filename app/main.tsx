/** Entry: the shell first, then the engine and the project. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './styles/fonts.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/shell.css'
import './styles/overlay.css'
import './styles/code.css'
import './styles/panels.css'
import './styles/narrow.css'
import { pauseWhenHidden } from './session/hidden.ts'
import { startKeys } from './session/keys.ts'
import { startProjects } from './session/project.ts'
import { followStores, startEngine } from './session/session.ts'
import { followNarration } from './session/narration.ts'
import { startWatchdog } from './session/watchdog.ts'
import { App } from './shell/app.tsx'
import { applyTheme } from './styles/theme.ts'

applyTheme()
createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <App />
  </StrictMode>,
)

async function start(): Promise<void> {
  if (import.meta.env.DEV && new URLSearchParams(location.search).has('fake')) {
    const { fakeWorker } = await import('./test-kit/fake-worker.ts')
    startEngine(fakeWorker)
  } else {
    startEngine()
  }
  followStores()
  followNarration()
  startKeys()
  pauseWhenHidden()
  startWatchdog()
  await startProjects()
}

void start()

/** Says that the engine failed, that the work is safe, and how to go on. */
import { perform } from '../session/actions.ts'
import { useDocument } from '../stores/document.ts'
import { useLive } from '../stores/live.ts'
import { useWorkspace } from '../stores/workspace.ts'
import { Icon } from '../widgets/icon.tsx'

/** The sources and the moment as a file, for a report of our bug. */
function saveReport(message: string): void {
  const { id, files } = useDocument.getState()
  const { moment } = useLive.getState()
  const { breakpoints } = useWorkspace.getState()
  const texts = Object.fromEntries(
    Object.entries(files).map(([file, body]) => [
      file,
      typeof body === 'string' ? body : { bytes: [...body] },
    ]),
  )
  const report = JSON.stringify(
    { message, project: id, moment, breakpoints, files: texts },
    null,
    2,
  )
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([report], { type: 'application/json' }))
  link.download = `tilescope-report-${id || 'project'}.json`
  link.click()
  URL.revokeObjectURL(link.href)
}

export function EngineBanner() {
  const engine = useLive((state) => state.engine)
  const bug = useLive((state) => state.bug)
  if (engine !== 'dead' && engine !== 'silent') return null
  return (
    <div className="banner fault" role="alert">
      <Icon name="error" />
      <span>
        <strong>
          {engine === 'dead'
            ? 'The emulator stopped because of a mistake of ours.'
            : 'The emulator does not answer.'}
        </strong>{' '}
        Your files are safe. <span className="quiet">{bug}</span>
      </span>
      <span className="space" />
      <button type="button" className="button" onClick={() => saveReport(bug ?? '')}>
        Save a report
      </button>
      <button type="button" className="button" onClick={() => perform('app.restart')}>
        Restart engine
      </button>
    </div>
  )
}

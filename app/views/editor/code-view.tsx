/** The code panel: tabs with the engines that stand in them, the file row, and the editor when it has come. */
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import { codeTabs, filesByTab, type FilesByTab } from '../../session/files.ts'
import { goTo } from '../../session/reveal.ts'
import { useDocument } from '../../stores/document.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace, type CodeTab } from '../../stores/workspace.ts'
import { ActionButton } from '../../widgets/action-button.tsx'
import { Icon } from '../../widgets/icon.tsx'
import { Select } from '../../widgets/select.tsx'
import { Tabs } from '../../widgets/tabs.tsx'
import { badgeOf } from './marks.ts'
import { ControlTools } from './control-tools.tsx'
import { PlainCode } from './plain-code.tsx'

const panel = 'code-panel'
const PageView = lazy(async () => ({ default: (await import('./page-view.tsx')).PageView }))
const CodeEditor = lazy(async () => ({ default: (await import('./code-editor.tsx')).CodeEditor }))

export function useFiles(): FilesByTab {
  const files = useDocument((state) => state.files)
  const generated = useLive((state) => state.generated)
  const said = useLive((state) => state.scene?.files)
  const names = Object.keys(files).join('\n')
  return useMemo(
    () => filesByTab(names ? names.split('\n') : [], Object.keys(generated), said),
    [names, generated, said],
  )
}

export function CodeView({ closable = true }: { readonly closable?: boolean }) {
  const files = useFiles()
  const tab = useWorkspace((state) => state.codeTab)
  const openFiles = useWorkspace((state) => state.openFiles)
  const showCode = useWorkspace((state) => state.showCode)
  const standing = useLive((state) => state.standing)
  const wanted = openFiles[tab]
  const file = wanted !== undefined && files[tab].includes(wanted) ? wanted : files[tab][0]
  useFollowStop()

  const tabs = codeTabs.map(({ id, title }) => {
    const { running, waiting } = badgeOf(files[id], standing)
    const kind = running > 0 ? 'running' : 'waiting'
    const count = running > 0 ? running : waiting
    return {
      id,
      title,
      after: count > 0 && (
        <span className={`count ${kind}`}>
          {count}
          <span className="sr"> engines {kind} here</span>
        </span>
      ),
    }
  })
  return (
    <>
      <div className="tabs">
        <Tabs label="Code" tabs={tabs} chosen={tab} choose={(id) => showCode(id)} panel={panel} />
        <span className="space" />
        <ActionButton id="edit.undo">
          <Icon name="undo" />
        </ActionButton>
        <ActionButton id="edit.redo">
          <Icon name="redo" />
        </ActionButton>
      </div>
      <div className="code-body" id={panel} role="tabpanel" aria-labelledby={`${panel}-tab-${tab}`}>
        {file === undefined ? (
          <NoFile tab={tab} />
        ) : (
          <FileBody file={file} tab={tab} all={files[tab]} closable={closable} />
        )}
      </div>
    </>
  )
}

const absent: Readonly<Record<CodeTab, string>> = {
  kernel: 'This project has no kernel of its own.',
  design: 'This project has no design: its control code does everything.',
  control: 'Control code appears here when the design is built.',
  host: 'No host program: the buffers of the project file are created, sent and checked for you.',
  data: 'This project has no further files.',
}

function NoFile({ tab }: { readonly tab: CodeTab }) {
  return (
    <div className="empty">
      <p>{absent[tab]}</p>
    </div>
  )
}

interface BodyProps {
  readonly file: string
  readonly tab: CodeTab
  readonly all: readonly string[]
  readonly closable: boolean
}

function FileBody({ file, tab, all, closable }: BodyProps) {
  const collapse = useWorkspace((state) => state.collapse)
  const showCode = useWorkspace((state) => state.showCode)
  const isGenerated = useDocument((state) => !(file in state.files))
  const hasEffects = useWorkspace((state) => tab === 'control' && state.showsEffects)
  const showsBytes = useWorkspace((state) => state.showsBytes)
  const caret = useRef<number | undefined>(undefined)
  const [painted, setPainted] = useState(false)
  useEffect(() => {
    const wish = requestAnimationFrame(() => setPainted(true))
    return () => cancelAnimationFrame(wish)
  }, [])
  const plain = (
    <PlainCode
      file={file}
      onCaret={(offset) => {
        caret.current = offset
      }}
    />
  )
  return (
    <>
      <div className="file-row">
        {all.length > 1 ? (
          <Select
            className="small ghost mono"
            label="File"
            value={file}
            options={all.map((name) => ({ value: name, title: name }))}
            choose={(name) => showCode(tab, name)}
          />
        ) : (
          <span className="mono">{file}</span>
        )}
        <span className="space" />
        {tab === 'control' ? (
          <ControlTools isGenerated={isGenerated} />
        ) : (
          isGenerated && <span>made by the build</span>
        )}
        {closable && (
          <button
            type="button"
            className="button ghost icon-only small"
            aria-label="Close the code"
            onClick={() => collapse('code', true)}
          >
            <Icon name="chevron-left" />
          </button>
        )}
      </div>
      <div className={`file-text${hasEffects ? ' with-effects' : ''}`} data-hint="code">
        {painted ? (
          <Suspense fallback={plain}>
            <EditorHere file={file} caret={caret} />
          </Suspense>
        ) : (
          plain
        )}
      </div>
      {tab === 'control' && showsBytes && (
        <Suspense fallback={<div className="page-view" />}>
          <PageView file={file} />
        </Suspense>
      )}
    </>
  )
}

function EditorHere({
  file,
  caret,
}: {
  readonly file: string
  readonly caret: { readonly current: number | undefined }
}) {
  return <CodeEditor file={file} caret={caret.current} />
}

/** When the machine stops for a reason that has a place in the sources, that place is shown. */
function useFollowStop(): void {
  const stop = useLive((state) => (state.running ? undefined : state.stop))
  const place = stop?.place
  const isCause =
    stop !== undefined && ['breakpoint', 'fault', 'mismatch', 'refused'].includes(stop.kind)
  useEffect(() => {
    if (isCause && place) goTo(place, false)
  }, [isCause, place])
}

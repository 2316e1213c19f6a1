/** Code before the editor has come: plain text in the same place, which keeps what is typed. */
import { useLayoutEffect, useRef } from 'react'
import { setSource } from '../../session/session.ts'
import { useDocument } from '../../stores/document.ts'
import { useLive } from '../../stores/live.ts'

interface Props {
  readonly file: string
  /** Hears where typing stands, so that the editor can go on there. */
  readonly onCaret: (offset: number | undefined) => void
}

export function PlainCode({ file, onCaret }: Props) {
  const body = useDocument((state) => state.files[file])
  const generated = useLive((state) => state.generated[file])
  const area = useRef<HTMLTextAreaElement>(null)
  const text = typeof body === 'string' ? body : (generated ?? '')
  useLayoutEffect(() => {
    if (area.current) area.current.scrollTop = 0
  }, [file])
  const lines = text.split('\n').length
  return (
    <div className="plain-code">
      <pre aria-hidden="true">{Array.from({ length: lines }, (_, at) => at + 1).join('\n')}</pre>
      <textarea
        ref={area}
        aria-label={file}
        value={text}
        readOnly={typeof body !== 'string'}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          setSource(file, event.target.value)
          onCaret(event.target.selectionStart)
        }}
        onSelect={(event) => onCaret(event.currentTarget.selectionStart)}
        onBlur={() => onCaret(undefined)}
      />
    </div>
  )
}

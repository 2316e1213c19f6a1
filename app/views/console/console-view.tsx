/** Console: what the host program and the kernels printed, newest at the end. */
import { useLayoutEffect, useRef } from 'react'
import { useLive } from '../../stores/live.ts'

const mostCharacters = 200_000

export function ConsoleView() {
  const text = useLive((state) => state.console)
  const end = useRef<HTMLPreElement>(null)
  useLayoutEffect(() => {
    if (end.current) end.current.scrollTop = end.current.scrollHeight
  }, [text])
  if (text === '') {
    return (
      <div className="empty">
        <p>Nothing has been printed. What host programs and kernels print appears here.</p>
      </div>
    )
  }
  const cut = text.length > mostCharacters
  return (
    <pre className="console" ref={end} tabIndex={0} role="log" aria-label="Console">
      {cut && '… earlier lines are left out\n'}
      {cut ? text.slice(-mostCharacters) : text}
    </pre>
  )
}

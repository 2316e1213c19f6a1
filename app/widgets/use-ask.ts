/** Asks the worker whenever the question changes, and drops answers to older questions. */
import { useEffect, useState } from 'react'
import type { Replies, RequestName, Requests } from '../../emulator-core/worker/protocol.ts'
import { ask } from '../session/session.ts'

/**
 * The answer to the question, or to the one before while the new one is under way. `key` says when to ask
 * again; with no body nothing is asked and nothing answered.
 */
export function useAsk<N extends RequestName>(
  name: N,
  body: Requests[N] | undefined,
  key: string,
): Replies[N] | undefined {
  const [answer, setAnswer] = useState<Replies[N] | undefined>(undefined)
  const asks = body !== undefined
  useEffect(() => {
    if (body === undefined) return
    let current = true
    ask(name, body).then(
      (reply) => {
        if (current) setAnswer(reply)
      },
      () => {
        if (current) setAnswer(undefined)
      },
    )
    return () => {
      current = false
    }
    // The key stands for the body.
    // oxlint-disable-next-line exhaustive-deps
  }, [name, key])
  return asks ? answer : undefined
}

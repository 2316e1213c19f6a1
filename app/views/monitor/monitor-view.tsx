/** Monitor: says what will stand here, so that nobody looks for it elsewhere. */

export function MonitorView() {
  return (
    <div className="empty">
      <h2>Monitor</h2>
      <p>
        The reports of the monitoring tool, beside what the firmware really does, are not part of
        this version. The events and the timeline below show the same activity.
      </p>
    </div>
  )
}

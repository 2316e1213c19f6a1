/** Trace records of the management firmware. `part` is a firmware context id unless said otherwise. */
export const ManagementEvent = {
  /** part: 0. The info block says valid. */
  alive: 310,
  /** part: message id with the function above bit 8, a: opcode, b: payload bytes. A request is taken from the ring. */
  request: 311,
  /** part: message id with the function above bit 8, a: opcode, b: status. */
  response: 312,
  /** a: tiles, b: partition. */
  contextCreated: 313,
  contextDestroyed: 314,
  /** a: start column, b: columns. The context holds its columns and its uCs are attached. */
  contextLoaded: 315,
  /** a: start column, b: columns. */
  contextEvicted: 316,
  /** The context wants columns and none are free. */
  contextWaits: 317,
  /** A doorbell of a context that does not exist. */
  strayDoorbell: 318,
  /** a: vector. */
  completion: 319,
  /** part: errors told, a: column of the first, b: its event. */
  errorReport: 309,
  /** a: the waiting context's band, b: that context. A context is asked to leave the array. */
  switchWanted: 308,
  /** a: 1 at a preemption point, 0 between commands. It has left. */
  contextSwitched: 307,
  /** a: error type. The context cannot go on; the driver is told. */
  contextError: 306,
  /** a: KiB. Its memories were saved on its way off the array. */
  contextSaved: 260,
  /** a: start column, b: columns. Its queue is empty; it stays loaded for the hysteresis time. */
  contextIdle: 261,
  /** part: 0, a: percent. Band normal claims its share before band focus. */
  shareClaimed: 262,
  /** part: partition, a: start column, b: columns. */
  partitionCreated: 263,
  partitionDestroyed: 264,
  /** part: partition or 0, a: refusal word, b: tiles, or start and count of a partition (bits 7:0, 15:8). */
  placementRefused: 265,
  /** part: 0, a: level, b: MHz of the array. */
  powerLevel: 266,
  /** part: how many. VFs were made, or all of them are gone. */
  vfs: 385,
} as const

/** Fault codes of the management firmware. */
export const ManagementFault = {
  /** The request ring holds something that is no message; part: function, detail: offset. */
  badRing: 3100,
  /** A context did not leave the array in time; part and detail: its id. */
  preemptionTimeout: 3101,
} as const

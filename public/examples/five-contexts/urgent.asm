; All three columns at once, in the real-time band: everybody else gives way.
START_JOB 0
  WRITE_32 0x200000, 1
  WRITE_32 0x2200000, 2
  WRITE_32 0x4200000, 3
  SLEEP 200
  POLL_32 0x4200000, 3
END_JOB
EOF
